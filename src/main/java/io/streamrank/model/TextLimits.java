package io.streamrank.model;

/**
 * How much text the native tokenizer gets at once. It takes up to a kilobyte of memory a character, so a text is never
 * tokenized far beyond what its pair can hold.
 *
 * @param firstPrefix characters of a text that are tokenized at first
 * @param longestPrefix characters of a text that are tokenized at most; what follows them is as good as cut off
 * @param chunk characters in one native call, unless a single prefix has more
 */
record TextLimits(int firstPrefix, int longestPrefix, int chunk) {
    /** Words of most languages have fewer characters a token, so most texts are done at the first prefix. */
    static final int FIRST_PREFIX_CHARS_PER_TOKEN = 8;

    /** Reached by a text that is one word to the tokenizer, or hardly anything but white space. */
    static final int LONGEST_PREFIX_CHARS = 256 * 1024;

    static final int CHUNK_CHARS = 128 * 1024;

    /** Every text whole, and all of them in one call: what the limits must not change. */
    static final TextLimits NONE = new TextLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    /** @param maxLength the longest pair in tokens */
    static TextLimits of(int maxLength) {
        int first = (int) Math.min(Integer.MAX_VALUE, (long) maxLength * FIRST_PREFIX_CHARS_PER_TOKEN);
        return new TextLimits(first, Math.max(first, LONGEST_PREFIX_CHARS), CHUNK_CHARS);
    }
}
