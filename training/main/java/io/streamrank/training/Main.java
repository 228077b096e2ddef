package io.streamrank.training;

import io.streamrank.model.CheckpointException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
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
            String words = inWords(problem);
            if (words == null) {
                throw problem;
            }
            PrintWriter err = command.getErr();
            err.println("error: " + words);
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        return commandLine;
    }

    /** What went wrong, where it is the caller's to mend; null where it is ours. */
    private static @Nullable String inWords(Exception problem) {
        if (problem instanceof UncheckedIOException && problem.getCause() instanceof IOException cause) {
            return inWords(cause);
        }
        if (problem instanceof FileSystemException of && of.getReason() == null) {
            if (of instanceof NoSuchFileException) {
                return of.getFile() + " is not there";
            }
            if (of instanceof AccessDeniedException) {
                return of.getFile() + " may not be read or written";
            }
        }
        boolean plain = problem instanceof TrainingException
                || problem instanceof CheckpointException
                || problem instanceof IOException
                || problem instanceof IllegalArgumentException
                || problem instanceof CancellationException;
        return plain ? problem.getMessage() : null;
    }
}
