package io.streamrank.contract;

/**
 * What somebody else wrote, fit to stand in a message, a log or on a terminal: a name may come as megabytes, or with
 * line breaks and control characters in it.
 */
public final class Quotation {
    private static final int MAX_CHARS = 64;

    private Quotation() {}

    /** Its first 64 characters, each that is none to be seen as its number in Unicode. */
    public static String of(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(MAX_CHARS).forEach(c -> append(shown, c));
        boolean whole = text.codePointCount(0, Math.min(text.length(), 2 * MAX_CHARS + 2)) <= MAX_CHARS;
        return whole ? shown.toString() : shown.append('…').toString();
    }

    private static void append(StringBuilder shown, int c) {
        switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> shown.append(String.format("\\u%04X", c));
            default -> shown.appendCodePoint(c);
        }
    }
}
