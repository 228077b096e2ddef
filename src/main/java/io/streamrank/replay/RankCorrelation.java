package io.streamrank.replay;

import org.apache.commons.math3.stat.correlation.KendallsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/**
 * How far two score lists agree on an order: 1 for the same order, -1 for the reverse, about 0 for none. Equal scores
 * are ties. NaN where there is no order to agree on: fewer than two scores, or all of a list equal.
 */
public final class RankCorrelation {
    private RankCorrelation() {}

    /** Spearman's rho: Pearson's correlation of the ranks, tied scores sharing the mean of theirs. */
    public static double spearman(double[] a, double[] b) {
        requireSameLength(a, b);
        return a.length < 2 ? Double.NaN : new SpearmansCorrelation().correlation(a, b);
    }

    /**
     * Kendall's tau-b: how many more pairs of scores are in the same order than in opposite orders, of those tied in
     * neither. Counted by sorting, after Knight (1966), so long lists are no trouble.
     */
    public static double kendall(double[] a, double[] b) {
        requireSameLength(a, b);
        return a.length < 2 ? Double.NaN : new KendallsCorrelation().correlation(a, b);
    }

    private static void requireSameLength(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(a.length + " scores against " + b.length);
        }
    }
}
