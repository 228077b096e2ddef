package io.streamrank.registry;

import org.jspecify.annotations.Nullable;

/** One address of the registry did not answer, or said that it cannot now; another may. */
final class RegistryAwayException extends RegistryException {
    private static final long serialVersionUID = 1L;

    RegistryAwayException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
