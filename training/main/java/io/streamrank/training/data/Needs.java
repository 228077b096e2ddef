package io.streamrank.training.data;

/**
 * What a run's losses ask of every list, told with its file and line before training begins.
 *
 * @param positives whether each needs one
 * @param scores whether each needs a teacher's scores
 */
public record Needs(boolean positives, boolean scores) {
    /** Any list will do. */
    public static final Needs NOTHING = new Needs(false, false);
}
