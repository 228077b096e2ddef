package io.streamrank.training;

/** Training cannot go on; the message says where it got to and what to do. */
public final class TrainingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TrainingException(String message) {
        super(message);
    }

    /** @param cause what ended it */
    public TrainingException(String message, Throwable cause) {
        super(message, cause);
    }
}
