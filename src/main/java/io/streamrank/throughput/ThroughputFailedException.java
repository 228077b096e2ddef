package io.streamrank.throughput;

import org.jspecify.annotations.Nullable;

/** Throughput can no longer be added up here. What was not committed is added up by the next instance. */
public final class ThroughputFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ThroughputFailedException(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
