package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.picocli.runtime.PicocliCommandLineFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.io.PrintWriter;
import org.jboss.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Sets the command line up so that a failure is one clear line and an exit code, not a stack trace. */
@ApplicationScoped
final class CommandLines {
    private static final Logger LOG = Logger.getLogger(CommandLines.class);

    @Produces
    CommandLine commandLine(PicocliCommandLineFactory factory) {
        // Texts and JSON are UTF-8, whatever the locale.
        return configured(factory.create())
                .setOut(new PrintWriter(System.out, true, UTF_8))
                .setErr(new PrintWriter(System.err, true, UTF_8));
    }

    static CommandLine configured(CommandLine commandLine) {
        return commandLine
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((error, arguments) -> explain(error))
                .setExecutionExceptionHandler((error, failed, parsed) ->
                        error instanceof ParameterException usage ? explain(usage) : explain(failed, error));
    }

    private static int explain(ParameterException error) {
        CommandLine failed = error.getCommandLine();
        // Picocli begins some of its messages so itself.
        printError(failed, String.valueOf(error.getMessage()).replaceFirst("^Error: ", ""));
        if (error instanceof UnmatchedArgumentException unmatched) {
            UnmatchedArgumentException.printSuggestions(unmatched, failed.getErr());
        } else if (failed.getParent() == null) {
            // No command was named: these are the commands.
            failed.usage(failed.getErr());
            return ExitCode.USAGE;
        }
        failed.getErr().printf("Try: %s --help%n", failed.getCommandSpec().qualifiedName());
        return ExitCode.USAGE;
    }

    private static int explain(CommandLine failed, Exception error) {
        Failure failure = Failure.of(error);
        if (!failure.foreseen()) {
            LOG.error("Unforeseen", error);
        }
        printError(failed, failure.message());
        return failure.exitCode();
    }

    private static void printError(CommandLine failed, String message) {
        failed.getErr().println(failed.getColorScheme().errorText("error: ") + message);
    }
}
