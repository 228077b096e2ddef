package io.streamrank.replay.report;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A random part of numbers that come one by one, of a size that stays within a limit (Vitter's algorithm R, 1985). */
final class Reservoir {
    private final DoubleList kept = new DoubleList();
    private final int limit;
    private final SplittableRandom random;
    private long seen;

    Reservoir(int limit, long seed) {
        this.limit = limit;
        this.random = new SplittableRandom(seed);
    }

    void add(double value) {
        seen++;
        if (kept.size() < limit) {
            kept.add(value);
            return;
        }
        long place = random.nextLong(seen);
        if (place < limit) {
            kept.set((int) place, value);
        }
    }

    /** How many have come. */
    long seen() {
        return seen;
    }

    /** Those kept, ascending. */
    double[] sorted() {
        double[] sorted = kept.present().toArray();
        Arrays.sort(sorted);
        return sorted;
    }
}
