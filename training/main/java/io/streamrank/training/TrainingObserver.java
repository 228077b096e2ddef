package io.streamrank.training;

import java.nio.file.Path;

/** Is told what a {@link Trainer} does, on its thread: what takes long holds training up. */
public interface TrainingObserver {
    /** After each step. */
    default void stepped(StepMetrics metrics) {}

    /**
     * After each evaluation.
     *
     * @param quality what the evaluation gave
     * @param best whether none before was better
     */
    default void evaluated(long step, Quality quality, boolean best) {}

    /** After a folder was written. */
    default void saved(long step, Path folder) {}
}
