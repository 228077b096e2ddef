package io.streamrank.model;

/**
 * How many tokens of query and document stay, each from its start.
 *
 * @param query tokens of the query that stay
 * @param document tokens of the document that stay
 */
record Truncation(int query, int document) {
    /**
     * Cuts the document alone.
     *
     * @param room tokens left beside the special tokens, more than the query has
     */
    static Truncation ofDocument(int query, int document, int room) {
        return new Truncation(query, Math.min(document, room - query));
    }

    /**
     * Cuts both as the tokenizers library's {@code longest_first} does: the longer is cut to what the shorter leaves,
     * and where that is not enough each gets half, the longer (or else the document) the odd token.
     *
     * @param room tokens left beside the special tokens
     */
    static Truncation longestFirst(int query, int document, int room) {
        if (query + (long) document <= room) {
            return new Truncation(query, document);
        }
        int shorter = Math.min(query, document);
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if (shorter + (long) longer > room) {
            shorter = room / 2;
            longer = shorter + room % 2;
        }
        return query > document ? new Truncation(longer, shorter) : new Truncation(shorter, longer);
    }
}
