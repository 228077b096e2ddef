package io.streamrank.training.data;

import java.util.List;

/**
 * Which ranks of a first stage negatives are taken from: the very first are often unjudged positives, the last are too
 * easy to learn from.
 *
 * @param from the first rank, counted from 1
 * @param to the last rank
 */
public record RankBand(int from, int to) {
    /** Every rank that first stages usually give. */
    public static final RankBand DEFAULT = new RankBand(1, 100);

    public RankBand {
        if (from < 1 || to < from) {
            throw new IllegalArgumentException("expected ranks 1 <= from <= to, not from " + from + " to " + to);
        }
    }

    /** What stands on these ranks. */
    <T> List<T> of(List<T> ranking) {
        return ranking.subList(Math.min(from - 1, ranking.size()), Math.min(to, ranking.size()));
    }
}
