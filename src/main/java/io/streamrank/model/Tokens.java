package io.streamrank.model;

import java.util.Arrays;

/**
 * What is known of a text's tokens, without special ones.
 *
 * @param ids token ids from the text's start; no more than one above the maximum length, which tells that there are more
 * @param read how many tokens the library reads when it truncates
 * @param clipped whether the text goes on after the longest prefix that is tokenized
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one call, never compared
record Tokens(int[] ids, int read, boolean clipped) {
    /** The first of them, as of a text that goes on. */
    Tokens cut(int length) {
        return length < ids.length ? new Tokens(Arrays.copyOf(ids, length), Math.min(read, length), true) : this;
    }
}
