package io.streamrank.model;

/**
 * How many tokens a pair and its halves may have. Of each half what is beyond is cut from its end, and the document
 * besides to what the query leaves of the pair.
 *
 * @param pair special tokens included; 0 where the checkpoint decides
 * @param query those of the query alone; 0 where the checkpoint decides, or where there is no limit
 * @param document those of the document alone; 0 likewise
 */
public record PairLimits(int pair, int query, int document) {
    /** All as the checkpoint says. */
    public static final PairLimits OF_CHECKPOINT = new PairLimits(0, 0, 0);

    public PairLimits {
        requireNotNegative("the longest pair", pair);
        requireNotNegative("the longest query", query);
        requireNotNegative("the longest document", document);
    }

    private static void requireNotNegative(String what, int tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException(what + " is " + tokens + " tokens, expected 0 or more");
        }
    }
}
