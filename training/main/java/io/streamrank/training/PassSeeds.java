package io.streamrank.training;

import io.streamrank.training.data.Seeds;

/**
 * Seeds of random zeros: every pass over a batch has its own on every device, however many passes a device's memory makes
 * of its share. Not thread-safe.
 */
final class PassSeeds {
    /** Bits of a long beyond those that a double holds exactly. */
    private static final int DOUBLE_HIDES = 12;

    private final long seed;
    private final long batch;
    private final int device;
    private int passes;

    /**
     * @param seed of the run
     * @param batch counted from 0
     * @param device counted from 0
     */
    PassSeeds(long seed, long batch, int device) {
        this.seed = seed;
        this.batch = batch;
        this.device = device;
    }

    /** The seed of the next pass, a whole number that a float64 holds exactly. */
    double next() {
        return Seeds.of(seed, batch, device, passes++) >>> DOUBLE_HIDES;
    }
}
