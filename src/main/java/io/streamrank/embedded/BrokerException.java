package io.streamrank.embedded;

import org.jspecify.annotations.Nullable;

/** The embedded broker could not be started, used or stopped; the message says which, where, and what to do. */
public final class BrokerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokerException(String message) {
        super(message);
    }

    BrokerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
