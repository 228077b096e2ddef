package io.streamrank.training.data;

/** What became of queries and candidates while mining. */
public final class MiningCounts {
    long queries;
    long withoutPositives;
    long withoutNegatives;
    long candidates;
    long judged;
    long nearDuplicates;
    long scoredTooHigh;
    long beyondLimit;
    long negatives;

    MiningCounts() {}

    /** Queries of the run. */
    public long queries() {
        return queries;
    }

    /** Queries left out because no judged document is relevant enough. */
    public long withoutPositives() {
        return withoutPositives;
    }

    /** Queries left out because every candidate was excluded. */
    public long withoutNegatives() {
        return withoutNegatives;
    }

    /** Candidates in the band of ranks of queries with positives. */
    public long candidates() {
        return candidates;
    }

    /** Candidates excluded because they were judged. */
    public long judged() {
        return judged;
    }

    /** Candidates excluded because they say the same as a positive. */
    public long nearDuplicates() {
        return nearDuplicates;
    }

    /** Candidates excluded by the cross-encoder. */
    public long scoredTooHigh() {
        return scoredTooHigh;
    }

    /** Fit candidates not taken because the query had enough. */
    public long beyondLimit() {
        return beyondLimit;
    }

    /** Negatives written. */
    public long negatives() {
        return negatives;
    }

    /** For people, a line each. */
    @Override
    public String toString() {
        return String.join(
                System.lineSeparator(),
                "%,d queries: %,d written, %,d without a positive, %,d without a negative left"
                        .formatted(
                                queries,
                                queries - withoutPositives - withoutNegatives,
                                withoutPositives,
                                withoutNegatives),
                "%,d candidates: %,d negatives".formatted(candidates, negatives),
                "  excluded: %,d judged, %,d near-duplicates of a positive, %,d scored too high"
                        .formatted(judged, nearDuplicates, scoredTooHigh),
                "  not needed: %,d".formatted(beyondLimit));
    }
}
