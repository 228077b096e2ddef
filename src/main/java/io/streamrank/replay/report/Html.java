package io.streamrank.replay.report;

import io.streamrank.replay.plot.Svg;
import java.util.List;
import java.util.Locale;

/** Pieces of a page. Whatever comes as text leaves as text: only what this room writes itself is markup. */
final class Html {
    private final StringBuilder page = new StringBuilder();

    /** Adds markup of our own. */
    Html raw(String markup) {
        page.append(markup);
        return this;
    }

    /** Adds text. */
    Html text(String text) {
        page.append(Svg.escaped(text));
        return this;
    }

    /** Adds an element with text in it; the tag may bring attributes of our own: {@code p class="quiet"}. */
    Html element(String tag, String text) {
        String name = tag.split(" ", 2)[0];
        return raw("<" + tag + ">").text(text).raw("</" + name + ">");
    }

    /** Adds a table that scrolls by itself where it is wider than the page; cells are markup. */
    Html table(String caption, List<String> heads, List<String> rows) {
        raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + Svg.escaped(caption)
                + "\"><table><caption>"
                + Svg.escaped(caption) + "</caption><thead><tr>");
        heads.forEach(head -> raw("<th scope=\"col\">").text(head).raw("</th>"));
        raw("</tr></thead><tbody>");
        rows.forEach(this::raw);
        return raw("</tbody></table></div>");
    }

    /** Adds a plot that scrolls by itself where it would be too small to read. */
    Html figure(String caption, String svg) {
        return raw("<figure><figcaption>")
                .text(caption)
                .raw("</figcaption><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\""
                        + Svg.escaped(caption) + "\">" + svg + "</div></figure>");
    }

    @Override
    public String toString() {
        return page.toString();
    }

    static String number(String format, double value) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, format, value);
    }

    static String value(double value) {
        return number("%.4f", value);
    }

    static String signed(double value) {
        return number("%+.4f", value);
    }

    static String count(double value) {
        return number("%,.0f", value);
    }

    static String percent(double share) {
        return number("%.1f%%", 100 * share);
    }

    static String pValue(double p) {
        return p < 0.0001 ? "< 0.0001" : value(p);
    }

    static String bytes(double bytes) {
        double value = bytes;
        String[] units = {"B", "KB", "MB", "GB", "TB"};
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return Double.isNaN(bytes)
                ? "–"
                : String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }

    static String millis(double millis) {
        return number(millis < 10 ? "%,.2f ms" : millis < 100 ? "%,.1f ms" : "%,.0f ms", millis);
    }
}
