package io.streamrank.model;

/**
 * The part of a pair that one forward pass reads.
 *
 * @param from the first token read; those before it are known from {@code rows}
 * @param to after the last token read
 * @param rows rows of the model's tables: read where the span begins inside its pair, else written; empty where nothing
 *     is kept
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to native memory, never compared
record Span(EncodedPair pair, int from, int to, int[] rows) {
    private static final int[] NO_ROWS = {};

    /** A whole pair, nothing kept. */
    static Span whole(EncodedPair pair) {
        return new Span(pair, 0, pair.tokens(), NO_ROWS);
    }

    /** The leading tokens that pairs share; what the model knows after them goes into the rows. */
    static Span prefix(EncodedPair pair, int[] rows) {
        return new Span(pair, 0, pair.prefixTokens(), rows);
    }

    /** What follows the leading tokens, which are known from the rows. */
    static Span rest(EncodedPair pair, int[] rows) {
        return new Span(pair, pair.prefixTokens(), pair.tokens(), rows);
    }

    /** Tokens read. */
    int tokens() {
        return to - from;
    }
}
