package io.streamrank.replay.scale;

import org.jspecify.annotations.Nullable;

/** Rankings can no longer be measured here. What was not committed is measured by the next instance. */
public final class StreamFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StreamFailedException(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
