package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which candidates become hard negatives.
 *
 * @param band the ranks they are taken from
 * @param negatives how many a query gets at most, the best ranked first
 * @param relevantFrom the lowest grade of a positive
 * @param judgedToo whether documents judged not relevant may be negatives; otherwise only unjudged ones are
 * @param nearDuplicates how alike a text and a positive must be for it not to be taken, above 0 and at most 1
 * @param filter what a cross-encoder's scores exclude
 */
public record MiningSettings(
        RankBand band,
        int negatives,
        int relevantFrom,
        boolean judgedToo,
        double nearDuplicates,
        Optional<ScoreFilter> filter) {

    public MiningSettings {
        requireNonNull(band, "band");
        requireNonNull(filter, "filter");
        if (negatives < 1 || relevantFrom < 1) {
            throw new IllegalArgumentException(
                    "negatives and relevantFrom must be at least 1, not " + negatives + " and " + relevantFrom);
        }
        new NearDuplicates(nearDuplicates);
    }
}
