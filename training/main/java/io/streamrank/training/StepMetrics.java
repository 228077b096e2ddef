package io.streamrank.training;

import java.time.Duration;

/**
 * What one step did.
 *
 * @param step counted from 1
 * @param steps how many there will be
 * @param result loss and gradients
 * @param learningRate the highest of all weights
 * @param pairs documents scored under their queries
 * @param tokens tokens of all pairs
 * @param indistinct pairs of which nothing can be learnt, as another document of their query gives the very same tokens
 * @param took how long it took, reading and tokenizing where the device waited for it included, evaluations and
 *     snapshots before it not
 * @param left how long the rest will take if it goes on like the run so far
 */
public record StepMetrics(
        long step,
        long steps,
        StepResult result,
        double learningRate,
        int pairs,
        long tokens,
        int indistinct,
        Duration took,
        Duration left) {
    /** Pairs a second of this step. */
    public double pairsPerSecond() {
        return pairs * 1e9 / Math.max(1, took.toNanos());
    }

    /** Tokens a second of this step. */
    public double tokensPerSecond() {
        return tokens * 1e9 / Math.max(1, took.toNanos());
    }
}
