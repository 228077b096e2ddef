package io.streamrank.cli;

import io.quarkus.picocli.runtime.PicocliCommandLineFactory;
import io.streamrank.ingest.StartException;
import io.streamrank.model.CheckpointException;
import io.streamrank.replay.ReplayDataException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.io.IOException;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Sets the command line up so that a failure is one clear line and an exit code, not a stack trace. */
@ApplicationScoped
final class CommandLines {
    private static final Logger LOG = Logger.getLogger(CommandLines.class);

    @Produces
    CommandLine commandLine(PicocliCommandLineFactory factory) {
        return factory.create()
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((error, commandLine, parsed) -> {
                    if (error instanceof ParameterException usage) {
                        return commandLine.getParameterExceptionHandler().handleParseException(usage, new String[0]);
                    }
                    String message = error.getMessage() == null ? error.toString() : error.getMessage();
                    commandLine.getErr().println(commandLine.getColorScheme().errorText("error: " + message));
                    LOG.debug("The command failed", error);
                    return exitCode(error);
                });
    }

    private static int exitCode(Exception error) {
        if (error instanceof CheckpointException) {
            return ExitCode.MODEL;
        }
        if (error instanceof StartException || error instanceof KafkaException) {
            return ExitCode.KAFKA;
        }
        if (error instanceof ReplayDataException || error instanceof IOException) {
            return ExitCode.DATA;
        }
        if (error instanceof IllegalArgumentException) {
            return ExitCode.USAGE;
        }
        return ExitCode.FAILED;
    }
}
