package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * A query-document pair as token ids, special tokens included. Pairs are equal if a model cannot tell them apart: equal
 * ids in equal segments.
 *
 * @param ids token ids; the array is owned by the pair and must not be changed
 * @param typeIds segment ids, one a token; empty where all tokens are in segment 0
 * @param truncated whether the document, or a query too long by itself, was cut to fit
 * @param prefixTokens how many of the leading tokens other pairs are likely to begin with as well, so that what a causal
 *     model knows after them is worth keeping. Where the document comes first these are all that do not depend on the
 *     query: they stay the same under other queries. Where the query comes first they are what the pairs of one query
 *     have in common before their documents. 0 where every token sees the whole pair
 */
@SuppressWarnings("ArrayRecordComponent") // millions a minute: boxing or copying ids would cost more than it protects
public record EncodedPair(int[] ids, int[] typeIds, boolean truncated, int prefixTokens) {
    public EncodedPair {
        requireNonNull(ids, "ids");
        requireNonNull(typeIds, "typeIds");
        if (typeIds.length != 0 && typeIds.length != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids but " + typeIds.length + " segment ids");
        }
        if (prefixTokens < 0 || prefixTokens > ids.length) {
            throw new IllegalArgumentException(prefixTokens + " prefix tokens of " + ids.length);
        }
    }

    /** A pair all of whose tokens see the whole pair. */
    public EncodedPair(int[] ids, int[] typeIds, boolean truncated) {
        this(ids, typeIds, truncated, 0);
    }

    /** Length in tokens. */
    public int tokens() {
        return ids.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EncodedPair pair
                && Arrays.equals(ids, pair.ids)
                && Arrays.equals(typeIds, pair.typeIds);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + Arrays.hashCode(typeIds);
    }
}
