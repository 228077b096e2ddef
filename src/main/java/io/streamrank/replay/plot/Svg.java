package io.streamrank.replay.plot;

import java.util.Locale;

/** Text fit to stand in XML and HTML, and elements around it. */
public final class Svg {
    private Svg() {}

    /** The text with everything that could be markup, in content and in attributes, written as what it looks like. */
    public static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isXml(c) ? c : 0xFFFD);
            }
        });
        return escaped.toString();
    }

    /** Characters that XML 1.0 can hold, without those that turn the direction of what follows them. */
    private static boolean isXml(int c) {
        boolean control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0);
        boolean turning = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        return !control && !turning && c != 0xFFFE && c != 0xFFFF && (c < 0xD800 || c > 0xDFFF);
    }

    static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
