package io.streamrank.replay;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How far two score lists agree on an order: 1 for the same order, -1 for the reverse, about 0 for none. Equal scores
 * are ties. NaN where there is no order to agree on: fewer than two scores, or all of a list equal.
 */
public final class RankCorrelation {
    private RankCorrelation() {}

    /** Spearman's rho: Pearson's correlation of the ranks, tied scores sharing the mean of theirs. */
    public static double spearman(double[] a, double[] b) {
        requireSameLength(a, b);
        double[] x = ranks(a);
        double[] y = ranks(b);
        double mean = (a.length + 1) / 2.0;
        double product = 0;
        double squaresX = 0;
        double squaresY = 0;
        for (int i = 0; i < x.length; i++) {
            product += (x[i] - mean) * (y[i] - mean);
            squaresX += (x[i] - mean) * (x[i] - mean);
            squaresY += (y[i] - mean) * (y[i] - mean);
        }
        return product / Math.sqrt(squaresX * squaresY);
    }

    /**
     * Kendall's tau-b: how many more pairs of scores are in the same order than in opposite orders, of those tied in
     * neither. Counted by sorting, after Knight (1966), so long lists are no trouble.
     */
    public static double kendall(double[] a, double[] b) {
        requireSameLength(a, b);
        int[] order = IntStream.range(0, a.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> a[i]).thenComparingDouble(i -> b[i]))
                .mapToInt(i -> i)
                .toArray();
        double[] x = Arrays.stream(order).mapToDouble(i -> a[i]).toArray();
        double[] y = Arrays.stream(order).mapToDouble(i -> b[i]).toArray();
        long all = pairs(a.length);
        long tiedBoth = 0;
        long run = 1;
        for (int i = 1; i <= x.length; i++) {
            if (i < x.length && x[i] == x[i - 1] && y[i] == y[i - 1]) {
                run++;
            } else {
                tiedBoth += pairs(run);
                run = 1;
            }
        }
        long tiedX = tied(x);
        long discordant = inversions(y, new double[y.length], 0, y.length);
        // Sorted by now.
        long tiedY = tied(y);
        double concordantLessDiscordant = all - tiedX - tiedY + tiedBoth - 2.0 * discordant;
        return concordantLessDiscordant / Math.sqrt((double) (all - tiedX) * (all - tiedY));
    }

    private static void requireSameLength(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(a.length + " scores against " + b.length);
        }
    }

    private static long pairs(long n) {
        return n * (n - 1) / 2;
    }

    private static long tied(double[] sorted) {
        long tied = 0;
        long run = 1;
        for (int i = 1; i <= sorted.length; i++) {
            if (i < sorted.length && sorted[i] == sorted[i - 1]) {
                run++;
            } else {
                tied += pairs(run);
                run = 1;
            }
        }
        return tied;
    }

    /** Sorts a stretch, and counts the pairs in it that were in the wrong order. */
    private static long inversions(double[] values, double[] spare, int from, int to) {
        if (to - from < 2) {
            return 0;
        }
        int middle = (from + to) >>> 1;
        long count = inversions(values, spare, from, middle) + inversions(values, spare, middle, to);
        int left = from;
        int right = middle;
        for (int at = from; at < to; at++) {
            if (right == to || (left < middle && values[left] <= values[right])) {
                spare[at] = values[left++];
            } else {
                count += middle - left;
                spare[at] = values[right++];
            }
        }
        System.arraycopy(spare, from, values, from, to - from);
        return count;
    }

    private static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[values.length];
        int first = 0;
        for (int i = 1; i <= order.length; i++) {
            if (i == order.length || values[order[i]] != values[order[first]]) {
                double rank = (first + 1 + i) / 2.0;
                for (int j = first; j < i; j++) {
                    ranks[order[j]] = rank;
                }
                first = i;
            }
        }
        return ranks;
    }
}
