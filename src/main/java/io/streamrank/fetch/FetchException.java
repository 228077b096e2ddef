package io.streamrank.fetch;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown where something cannot be fetched and trying again would not help. The message names the location, the file,
 * what was found and what was expected, and the way out.
 */
public final class FetchException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param where the location, or a file in it
     * @param problem what is wrong, and what was expected
     * @param remedy what to do about it
     */
    FetchException(String where, String problem, String remedy) {
        this(where, problem, remedy, null);
    }

    FetchException(String where, String problem, String remedy, @Nullable Throwable cause) {
        super(where + ": " + problem + ". " + remedy, cause);
    }
}
