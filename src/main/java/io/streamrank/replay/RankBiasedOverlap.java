package io.streamrank.replay;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Rank-biased overlap, extrapolated: how alike two rankings are, the top counting most. Webber, Moffat and Zobel, "A
 * Similarity Measure for Indefinite Rankings", ACM TOIS 28(4), 2010, equation 32: what was seen is taken to go on below
 * the end of the lists, whose lengths may differ.
 */
public final class RankBiasedOverlap {
    private RankBiasedOverlap() {}

    /**
     * The overlap of two rankings: 1 for the same one, 0 where nothing is in both. Two empty ones are the same.
     *
     * @param p how patient the reader is, between 0 and 1: with 0.9 the first ten ranks have 86 % of the weight
     * @throws IllegalArgumentException if p is out of range, or a ranking names a document twice
     */
    public static double of(List<String> a, List<String> b, double p) {
        if (!(p > 0 && p < 1)) {
            throw new IllegalArgumentException("p must lie between 0 and 1, not be " + p);
        }
        if (a.equals(b)) {
            requireDistinct(a);
            return 1;
        }
        List<String> shorter = a.size() <= b.size() ? a : b;
        List<String> longer = a.size() <= b.size() ? b : a;
        if (shorter.isEmpty()) {
            return longer.isEmpty() ? 1 : 0;
        }
        int s = shorter.size();
        int l = longer.size();
        Set<String> seenShort = new HashSet<>();
        Set<String> seenLong = new HashSet<>();
        int shared = 0;
        int sharedAtS = 0;
        double weight = 1;
        double sum = 0;
        for (int depth = 1; depth <= l; depth++) {
            weight *= p;
            String next = longer.get(depth - 1);
            require(seenLong.add(next), next);
            shared += seenShort.contains(next) ? 1 : 0;
            if (depth <= s) {
                String other = shorter.get(depth - 1);
                require(seenShort.add(other), other);
                shared += seenLong.contains(other) ? 1 : 0;
                sharedAtS = shared;
            }
            double agreement = (double) shared / depth;
            if (depth > s) {
                agreement += (double) sharedAtS * (depth - s) / ((double) s * depth);
            }
            sum += agreement * weight;
        }
        return Math.min(1, (1 - p) / p * sum + ((double) (shared - sharedAtS) / l + (double) sharedAtS / s) * weight);
    }

    private static void requireDistinct(List<String> ranking) {
        Set<String> seen = new HashSet<>();
        ranking.forEach(document -> require(seen.add(document), document));
    }

    private static void require(boolean isNew, String document) {
        if (!isNew) {
            throw new IllegalArgumentException("a ranking names " + document + " twice");
        }
    }
}
