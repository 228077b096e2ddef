package io.streamrank.replay.report;

import io.streamrank.replay.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a model's scores go with the grades of the judged documents.
 *
 * @param grades scores by grade, lowest first
 * @param probabilities whether the scores lie between 0 and 1 as they are; otherwise bins are of their logistic function
 * @param bins judged documents by score, in tenths; empty ones are left out
 * @param error the expected calibration error: how far mean score and share of relevant documents are apart in a bin,
 *     averaged over the documents (Naeini, Cooper and Hauskrecht, AAAI 2015)
 */
public record Calibration(List<GradeScores> grades, boolean probabilities, List<Bin> bins, double error) {
    static final int BINS = 10;

    /** Quantiles of the scores of documents of a grade; the least and the greatest are among those kept. */
    public record GradeScores(
            int grade,
            long documents,
            double low,
            double p5,
            double p25,
            double median,
            double p75,
            double p95,
            double high) {}

    /**
     * Judged documents of about the same score.
     *
     * @param documents how many
     * @param score their mean, between 0 and 1
     * @param relevant the share of them that is relevant
     */
    public record Bin(long documents, double score, double relevant) {}

    public Calibration {
        grades = List.copyOf(grades);
        bins = List.copyOf(bins);
    }

    /** Takes scores in. */
    static final class Tally {
        private final int relevantFrom;
        private final int maxScores;
        private final long seed;
        private final Map<Integer, Reservoir> grades = new TreeMap<>();
        private final double[][] raw = new double[BINS][3];
        private final double[][] logistic = new double[BINS][3];
        private boolean probabilities = true;

        Tally(int relevantFrom, int maxScores, long seed) {
            this.relevantFrom = relevantFrom;
            this.maxScores = maxScores;
            this.seed = seed;
        }

        void add(double score, int grade) {
            grades.computeIfAbsent(grade, any -> new Reservoir(maxScores, seed)).add(score);
            boolean relevant = grade >= relevantFrom;
            probabilities &= score >= 0 && score <= 1;
            if (probabilities) {
                count(raw, score, relevant);
            }
            count(logistic, 1 / (1 + Math.exp(-score)), relevant);
        }

        private static void count(double[][] bins, double probability, boolean relevant) {
            double[] bin = bins[Math.min(BINS - 1, (int) (probability * BINS))];
            bin[0]++;
            bin[1] += probability;
            bin[2] += relevant ? 1 : 0;
        }

        Calibration result() {
            List<GradeScores> scores = new ArrayList<>();
            grades.forEach((grade, reservoir) -> {
                double[] sorted = reservoir.sorted();
                scores.add(new GradeScores(
                        grade,
                        reservoir.seen(),
                        Quantiles.of(sorted, 0),
                        Quantiles.of(sorted, 0.05),
                        Quantiles.of(sorted, 0.25),
                        Quantiles.of(sorted, 0.5),
                        Quantiles.of(sorted, 0.75),
                        Quantiles.of(sorted, 0.95),
                        Quantiles.of(sorted, 1)));
            });
            List<Bin> bins = new ArrayList<>();
            double all = 0;
            double error = 0;
            for (double[] bin : probabilities ? raw : logistic) {
                if (bin[0] > 0) {
                    bins.add(new Bin((long) bin[0], bin[1] / bin[0], bin[2] / bin[0]));
                    all += bin[0];
                    error += Math.abs(bin[1] - bin[2]);
                }
            }
            return new Calibration(scores, probabilities, bins, all == 0 ? Double.NaN : error / all);
        }
    }
}
