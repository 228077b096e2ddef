package io.streamrank.replay;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Fisher's paired randomization test on the mean of per-query differences, two-sided. If two systems were alike, each
 * query's difference could as well have the other sign; the p-value is the share of all ways to give signs whose mean is
 * at least as far from 0. Recommended for retrieval by Smucker, Allan and Carterette, CIKM 2007.
 *
 * <p>Up to {@value #EXACT_MAX} differences other than 0 all ways are tried; with more, a random part of them, and the
 * observed one is counted in (Phipson and Smyth, 2010), so that no p-value is 0.
 */
public final class PairedTest {
    static final int EXACT_MAX = 16;

    /** Sums of the same numbers in another order differ in their last bits. */
    private static final double ROUNDING = 1e-12;

    private PairedTest() {}

    /**
     * The p-value of differences by query; 1 where none differs.
     *
     * @param resamples how many ways to give signs are tried where there are too many to try all
     * @param seed the same one gives the same result
     */
    public static double pValue(double[] differences, int resamples, long seed) {
        double[] sizes = Arrays.stream(differences).filter(d -> d != 0).toArray();
        double observed = Math.abs(Arrays.stream(sizes).sum());
        double scale = Arrays.stream(sizes).map(Math::abs).sum();
        if (sizes.length == 0) {
            return 1;
        }
        double atLeast = observed - ROUNDING * scale;
        return sizes.length <= EXACT_MAX ? exact(sizes, atLeast) : sampled(sizes, atLeast, resamples, seed);
    }

    private static double exact(double[] sizes, double atLeast) {
        int ways = 1 << sizes.length;
        int extreme = 0;
        for (int signs = 0; signs < ways; signs++) {
            extreme += Math.abs(signed(sizes, 0, sizes.length, signs)) >= atLeast ? 1 : 0;
        }
        return (double) extreme / ways;
    }

    private static double sampled(double[] sizes, double atLeast, int resamples, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int extreme = 0;
        for (int i = 0; i < resamples; i++) {
            double sum = 0;
            for (int start = 0; start < sizes.length; start += Long.SIZE) {
                sum += signed(sizes, start, Math.min(sizes.length, start + Long.SIZE), random.nextLong());
            }
            extreme += Math.abs(sum) >= atLeast ? 1 : 0;
        }
        return (extreme + 1.0) / (resamples + 1.0);
    }

    private static double signed(double[] sizes, int start, int end, long signs) {
        double sum = 0;
        long left = signs;
        for (int i = start; i < end; i++) {
            sum += (left & 1) == 0 ? sizes[i] : -sizes[i];
            left >>>= 1;
        }
        return sum;
    }
}
