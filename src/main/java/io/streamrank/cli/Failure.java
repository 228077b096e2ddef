package io.streamrank.cli;

import io.streamrank.contract.SchemaUnavailableException;
import io.streamrank.embedded.BrokerException;
import io.streamrank.ingest.StartException;
import io.streamrank.ingest.WorkerFailedException;
import io.streamrank.model.CheckpointException;
import io.streamrank.registry.RegistryException;
import io.streamrank.replay.scale.StreamFailedException;
import io.streamrank.throughput.ThroughputFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * What a person is told of an exception that ends a command.
 *
 * @param exitCode one of {@link ExitCode}
 * @param message what was wrong and where, on one line where the cause allows it
 * @param foreseen whether the message is enough; otherwise the stack trace is worth showing
 */
record Failure(int exitCode, String message, boolean foreseen) {
    static Failure of(Exception error) {
        if (error instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
            return of(unchecked.getCause());
        }
        int exitCode = exitCode(error);
        boolean foreseen = exitCode != ExitCode.FAILED
                || error instanceof WorkerFailedException
                || error instanceof ThroughputFailedException
                || error instanceof StreamFailedException;
        return new Failure(exitCode, message(error), foreseen);
    }

    private static int exitCode(Exception error) {
        if (error instanceof CheckpointException) {
            return ExitCode.MODEL;
        }
        if (error instanceof StartException
                || error instanceof KafkaException
                || error instanceof BrokerException
                || error instanceof RegistryException
                || error instanceof SchemaUnavailableException) {
            return ExitCode.KAFKA;
        }
        if (error instanceof IOException) {
            return ExitCode.DATA;
        }
        return error instanceof IllegalArgumentException ? ExitCode.USAGE : ExitCode.FAILED;
    }

    private static String message(Exception error) {
        if (error instanceof FileSystemException file) {
            return file.getFile() + ": " + problem(file);
        }
        String message = plain(error);
        return error instanceof KafkaException || error instanceof StartException
                ? withCause(message, error.getCause())
                : message;
    }

    /** The JDK's file exceptions say in their class what is wrong, and in their message only where. */
    private static String problem(FileSystemException error) {
        if (error instanceof NoSuchFileException) {
            return "there is no such file or folder";
        }
        if (error instanceof AccessDeniedException) {
            return "this user may not read or write it";
        }
        return error.getReason() == null ? plain(error) : error.getReason();
    }

    /** Kafka says the reason in the cause only: "Failed to create new KafkaAdminClient". */
    private static String withCause(String message, @Nullable Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String reason = cause == null || isTimeout(cause) ? null : cause.getMessage();
        return reason == null || message.contains(reason) ? message : message + ": " + reason;
    }

    private static boolean isTimeout(Throwable cause) {
        return cause instanceof TimeoutException || cause instanceof org.apache.kafka.common.errors.TimeoutException;
    }

    private static String plain(Exception error) {
        return error.getMessage() == null ? error.toString() : error.getMessage();
    }
}
