package io.streamrank.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.stream.Collectors;

/** Thrown where a collection, a run or judgments are not what they should be; the message names the place. */
public final class ReplayDataException extends IOException {
    private static final long serialVersionUID = 1L;

    /** How many names an error lists before it only counts. */
    private static final int NAMES_LISTED_MAX = 5;

    /** Says what is wrong with a whole file or folder; {@link LinePlace} says it of a line. */
    public ReplayDataException(Path file, String problem) {
        super(file + ": " + problem);
    }

    ReplayDataException(Path file, long line, String problem) {
        super(file + ":" + line + ": " + problem);
    }

    ReplayDataException(Path file, long line, String problem, Throwable cause) {
        super(file + ":" + line + ": " + problem, cause);
    }

    /** The first of some names, for a message: {@code a, b, c, d, e, …}. */
    public static String first(Collection<String> names) {
        String listed = names.stream().limit(NAMES_LISTED_MAX).collect(Collectors.joining(", "));
        return names.size() > NAMES_LISTED_MAX ? listed + ", …" : listed;
    }
}
