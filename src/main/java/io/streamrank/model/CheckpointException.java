package io.streamrank.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Thrown where a checkpoint cannot be served as it is: a file is missing or broken, or says what another contradicts.
 * The message names the file, the tensor or key, what was expected, and the way out. A worker does not start with it.
 */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param file the file at fault
     * @param problem what is wrong in it, and what was expected
     * @param remedy what to do about it
     */
    public CheckpointException(Path file, String problem, String remedy) {
        this(file, problem, remedy, null);
    }

    public CheckpointException(Path file, String problem, String remedy, @Nullable Throwable cause) {
        super(file + ": " + problem + ". " + remedy, cause);
    }
}
