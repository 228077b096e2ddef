package io.streamrank.registry;

import org.jspecify.annotations.Nullable;

/**
 * The registry did not answer, or not as a registry does; or it refused. Says nothing about an event: who has one that
 * waits for an answer asks again.
 */
public class RegistryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RegistryException(String message) {
        super(message);
    }

    RegistryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
