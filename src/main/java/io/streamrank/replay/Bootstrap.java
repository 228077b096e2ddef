package io.streamrank.replay;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Confidence intervals of means by the percentile bootstrap over queries (Efron and Tibshirani, 1993; for retrieval
 * Sakai, SIGIR 2006): queries are drawn with replacement as many times as there are, again and again, and the interval
 * holds the middle {@code 0.95} of the means. Says how much the choice of queries matters, nothing of the judgments.
 */
public final class Bootstrap {
    /** The share of the means that an interval holds. */
    public static final double LEVEL = 0.95;

    private Bootstrap() {}

    /** An interval. */
    public record Interval(double low, double high) {}

    /**
     * The interval of a mean.
     *
     * @param values one for each query
     * @param seed the same one draws the same queries
     * @throws IllegalArgumentException if there are no values
     */
    public static Interval mean(double[] values, int resamples, long seed) {
        double[][] rows =
                Arrays.stream(values).mapToObj(value -> new double[] {value}).toArray(double[][]::new);
        return means(rows, resamples, seed).get(0);
    }

    /**
     * The intervals of several means over the same queries, which are drawn once for all.
     *
     * @param rows for each query a value of each mean
     * @throws IllegalArgumentException if there are no rows
     */
    public static List<Interval> means(double[][] rows, int resamples, long seed) {
        if (rows.length == 0 || resamples < 1) {
            throw new IllegalArgumentException("needs values and resamples");
        }
        int columns = rows[0].length;
        double[][] means = new double[columns][resamples];
        double[] sums = new double[columns];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < resamples; i++) {
            Arrays.fill(sums, 0);
            for (int j = 0; j < rows.length; j++) {
                double[] row = rows[random.nextInt(rows.length)];
                for (int column = 0; column < columns; column++) {
                    sums[column] += row[column];
                }
            }
            for (int column = 0; column < columns; column++) {
                means[column][i] = sums[column] / rows.length;
            }
        }
        return Arrays.stream(means).map(Bootstrap::middle).toList();
    }

    private static Interval middle(double[] means) {
        Arrays.sort(means);
        double tail = (1 - LEVEL) / 2;
        return new Interval(Quantiles.of(means, tail), Quantiles.of(means, 1 - tail));
    }
}
