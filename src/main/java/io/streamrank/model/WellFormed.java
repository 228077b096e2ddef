package io.streamrank.model;

/** Java strings may hold half a surrogate pair, which no UTF-8 can; the native side would garble the whole text. */
final class WellFormed {
    private static final char REPLACEMENT = '\uFFFD';

    private WellFormed() {}

    /** The text with every lone surrogate replaced by U+FFFD, as Python's and Java's own encoders with "replace" do. */
    static String text(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (!pairAt(text, i)) {
                    return replaced(text, i);
                }
                i++;
            }
        }
        return text;
    }

    private static String replaced(String text, int from) {
        StringBuilder out = new StringBuilder(text);
        for (int i = from; i < text.length(); i++) {
            if (pairAt(text, i)) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                out.setCharAt(i, REPLACEMENT);
            }
        }
        return out.toString();
    }

    private static boolean pairAt(String text, int i) {
        return i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
    }
}
