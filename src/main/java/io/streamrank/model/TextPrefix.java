package io.streamrank.model;

/** Cuts a text where a tokenizer is least likely to notice. */
final class TextPrefix {
    /** How far back from the limit white space is looked for. */
    private static final int WINDOW_CHARS = 256;

    private TextPrefix() {}

    /**
     * The text, or its start of at most {@code limit} characters: up to white space where there is some near, else up to
     * a code point. It does not end in white space where it was cut at some: tokenizers look at what follows a run of it.
     *
     * @param text without lone surrogates
     */
    static String of(String text, int limit) {
        if (text.length() <= limit) {
            return text;
        }
        for (int at = limit; at >= Math.max(0, limit - WINDOW_CHARS); at--) {
            if (space(text.charAt(at))) {
                return text.substring(0, beforeSpace(text, at));
            }
        }
        return text.substring(0, Character.isLowSurrogate(text.charAt(limit)) ? limit - 1 : limit);
    }

    private static int beforeSpace(String text, int at) {
        int end = at;
        while (end > 0 && space(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static boolean space(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }
}
