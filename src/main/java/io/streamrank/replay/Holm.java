package io.streamrank.replay;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Holm's step-down correction of several tests' p-values (Scandinavian Journal of Statistics 6, 1979): with it, the
 * chance that any of the differences called significant is none stays below the level, whatever the tests share.
 */
public final class Holm {
    private Holm() {}

    /** The corrected p-values, in the order given; never below the ones given, never above 1. */
    public static double[] correct(double[] pValues) {
        int[] ascending = IntStream.range(0, pValues.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> pValues[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] corrected = new double[pValues.length];
        double floor = 0;
        for (int i = 0; i < ascending.length; i++) {
            floor = Math.max(floor, Math.min(1, (ascending.length - i) * pValues[ascending[i]]));
            corrected[ascending[i]] = floor;
        }
        return corrected;
    }
}
