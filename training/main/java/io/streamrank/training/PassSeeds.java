package io.streamrank.training;

import io.streamrank.training.data.Seeds;

/**
 * Seeds of random zeros in a batch: every pass has its own on every device, however many passes a device's memory makes of
 * its share. Not thread-safe.
 */
final class PassSeeds {
    /** Instead of a seed: a pass goes on from what its device has drawn. */
    static final double NONE = -1;

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

    /** The seed of a batch for all devices. */
    static double ofBatch(long seed, long batch) {
        return exact(Seeds.of(seed, batch));
    }

    /** Which device it is, counted from 0. */
    int device() {
        return device;
    }

    /** The seed of the next pass. */
    double next() {
        return exact(Seeds.of(seed, batch, device, passes++));
    }

    /** A whole number that a float64 holds exactly. */
    private static double exact(long bits) {
        return bits >>> DOUBLE_HIDES;
    }
}
