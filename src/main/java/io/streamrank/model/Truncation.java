package io.streamrank.model;

/**
 * How many tokens of query and document stay.
 *
 * @param query tokens of the query that stay, from its start
 * @param document tokens of the document that stay, from its start
 */
record Truncation(int query, int document) {
    /**
     * Cuts the document alone. Where the query leaves it no room at all, both are cut as the tokenizers library's
     * {@code longest_first} does: the longer is cut to what the shorter leaves, and where that is not enough each gets
     * half, the second the odd token.
     *
     * @param room tokens left beside the special tokens
     */
    static Truncation of(int query, int document, int room) {
        if (query + (long) document <= room) {
            return new Truncation(query, document);
        }
        if (document == 0) {
            return new Truncation(room, 0);
        }
        return query < room ? new Truncation(query, room - query) : longestFirst(query, document, room);
    }

    private static Truncation longestFirst(int query, int document, int room) {
        int shorter = Math.min(query, document);
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if (shorter + (long) longer > room) {
            shorter = room / 2;
            longer = shorter + room % 2;
        }
        return query > document ? new Truncation(longer, shorter) : new Truncation(shorter, longer);
    }
}
