package io.streamrank.replay.run;

import java.time.Duration;
import java.util.Optional;

/** Told how far a replay is, on its own thread. */
public interface ReplayWatcher {
    /**
     * How far it is.
     *
     * @param lists done in all
     * @param pairs scored in all, of all models
     * @param pairsNow scored since this process began
     * @param elapsed since this process began to score
     * @param fraction which part of the whole is done, from 0 to 1
     * @param left how long the rest takes, by the speed so far
     */
    record Distance(
            long lists,
            long pairs,
            long pairsNow,
            Duration elapsed,
            Optional<Double> fraction,
            Optional<Duration> left) {}

    /** Something more is done. */
    void at(Distance distance);

    /** All is scored; runs are being written. */
    default void scored() {}
}
