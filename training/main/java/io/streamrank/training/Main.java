package io.streamrank.training;

import java.io.PrintWriter;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of training. */
@Command(
        name = "streamrank-training",
        description = "Fine-tune the checkpoints that Streamrank serves, and measure them.",
        subcommands = {
            Train.class,
            Resume.class,
            Evaluate.class,
            Check.class,
            Mine.class,
            MakeQueries.class,
            Teach.class,
            Student.class,
            Average.class,
            Slice.class
        },
        mixinStandardHelpOptions = true)
public final class Main {
    private Main() {}

    /** Entry point; exits with picocli's codes. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((problem, command, parsed) -> {
            if (!Train.isPlain(problem) && !(problem instanceof CancellationException)) {
                throw problem;
            }
            PrintWriter err = command.getErr();
            err.println("error: " + problem.getMessage());
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        return commandLine;
    }
}
