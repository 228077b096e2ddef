package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

/**
 * Excludes candidates that a cross-encoder scores nearly as high as a positive, or higher: most of them are relevant and
 * were never judged. Where a query has several positives, the one scored best counts.
 *
 * @param rule how the limit is made of the positive's score
 * @param value the margin or the ratio
 */
public record ScoreFilter(Rule rule, double value) {

    /** How the limit is made of the positive's score. */
    public enum Rule {
        /** The positive's score less a margin, for raw scores. */
        MARGIN,
        /** The positive's score times a ratio, for scores between 0 and 1. */
        RATIO
    }

    public ScoreFilter {
        requireNonNull(rule, "rule");
        if (!Double.isFinite(value) || (rule == Rule.RATIO && !(value > 0 && value <= 1))) {
            throw new IllegalArgumentException(
                    rule == Rule.RATIO
                            ? "a ratio must be above 0 and at most 1, not " + value
                            : "a margin must be finite, not " + value);
        }
    }

    /**
     * The score above which a candidate is excluded.
     *
     * @throws IllegalArgumentException if a ratio is to be taken of a score that is not between 0 and 1
     */
    double limit(double positive) {
        if (rule == Rule.MARGIN) {
            return positive - value;
        }
        if (positive < 0 || positive > 1) {
            throw new IllegalArgumentException("a positive has the score " + positive
                    + ", and a ratio needs scores between 0 and 1: take a margin, or a checkpoint whose reranker.json says"
                    + " \"activation\": \"sigmoid\"");
        }
        return positive * value;
    }
}
