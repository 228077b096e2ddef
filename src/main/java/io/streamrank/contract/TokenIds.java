package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * A document as token ids, made before it was sent. Equal where the ids are.
 *
 * @param ids without special tokens, at least one: a document without tokens comes as text; the array is owned by this and
 *     must not be changed
 */
@SuppressWarnings(
        "ArrayRecordComponent") // as many as there are tokens: boxing or copying would cost more than it protects
public record TokenIds(int[] ids) {
    public TokenIds {
        requireNonNull(ids, "ids");
        if (ids.length == 0) {
            throw new IllegalArgumentException("no token ids: a document without tokens comes as text");
        }
    }

    /** How many there are. */
    public int count() {
        return ids.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenIds that && Arrays.equals(ids, that.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    /** How many, not which: they spell the document. */
    @Override
    public String toString() {
        return ids.length + " token ids";
    }
}
