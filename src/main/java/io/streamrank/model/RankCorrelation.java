package io.streamrank.model;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** How alike two scorings order the same pairs. */
final class RankCorrelation {
    private RankCorrelation() {}

    /**
     * Spearman's rank correlation; equal scores share the mean of their ranks.
     *
     * @return 1 for the same order, -1 for the reverse; not a number where all scores of one side are equal
     */
    static double spearman(float[] a, float[] b) {
        double[] x = ranks(a);
        double[] y = ranks(b);
        double mean = (a.length - 1) / 2.0;
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xy / Math.sqrt(xx * yy);
    }

    private static double[] ranks(float[] scores) {
        List<Integer> order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer index) -> scores[index]))
                .toList();
        double[] ranks = new double[scores.length];
        int begin = 0;
        while (begin < ranks.length) {
            int end = begin + 1;
            while (end < ranks.length && scores[order.get(end)] == scores[order.get(begin)]) {
                end++;
            }
            for (int i = begin; i < end; i++) {
                ranks[order.get(i)] = (begin + end - 1) / 2.0;
            }
            begin = end;
        }
        return ranks;
    }
}
