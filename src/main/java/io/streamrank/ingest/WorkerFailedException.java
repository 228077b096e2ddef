package io.streamrank.ingest;

import org.jspecify.annotations.Nullable;

/** The worker had to end. Whatever it had not committed is still in the candidates topic. */
public final class WorkerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkerFailedException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
