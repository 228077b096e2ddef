package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

class CommandLinesTest {
    private final StringWriter err = new StringWriter();

    @Test
    void explainsAWrongOptionInTwoLines() {
        assertThat(run("count", "--number", "0")).isEqualTo(ExitCode.USAGE);
        assertThat(err).hasToString("""
                        error: Invalid value for option '--number': expected a whole number from 1 to 2147483647, not '0'
                        Try: top count --help
                        """);
    }

    @Test
    void suggestsTheOptionThatWasMeant() {
        assertThat(run("count", "--numbr=1", "none")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .startsWith("error: Unknown option: '--numbr=1'")
                .contains("--number");
    }

    @Test
    void showsTheCommandsWhereNoneIsNamed() {
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .startsWith("error: Missing required subcommand\nUsage: top")
                .contains("count");
    }

    @Test
    void endsWithTheExitCodeOfTheFailureAndOneLine() {
        assertThat(run("count", "data")).isEqualTo(ExitCode.DATA);
        assertThat(err).hasToString("error: data.jsonl, line 2: bad\n");
    }

    private int run(String... arguments) {
        return CommandLines.configured(new CommandLine(new Top()))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Command(name = "top", subcommands = Count.class, synopsisSubcommandLabel = "COMMAND")
    static final class Top {}

    @Command(name = "count")
    static final class Count implements Callable<Integer> {
        @Option(names = "--number", converter = AtLeastOne.class)
        @SuppressWarnings("UnusedVariable") // Only parsed.
        private int number;

        @Parameters
        private String failure = "";

        @Override
        public Integer call() throws IOException {
            throw new IOException(failure + ".jsonl, line 2: bad");
        }
    }
}
