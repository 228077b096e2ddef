package io.streamrank.model;

import static java.util.Objects.requireNonNull;

/**
 * A query-document pair as token ids, special tokens included.
 *
 * @param ids token ids; the array is owned by the pair and must not be changed
 * @param typeIds segment ids, one a token; empty where all tokens are in segment 0
 * @param truncated whether the document, or a query too long by itself, was cut to fit
 */
@SuppressWarnings("ArrayRecordComponent") // millions a minute: boxing or copying ids would cost more than it protects
public record EncodedPair(int[] ids, int[] typeIds, boolean truncated) {
    public EncodedPair {
        requireNonNull(ids, "ids");
        requireNonNull(typeIds, "typeIds");
        if (typeIds.length != 0 && typeIds.length != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids but " + typeIds.length + " segment ids");
        }
    }

    /** Length in tokens. */
    public int tokens() {
        return ids.length;
    }
}
