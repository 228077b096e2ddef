package io.streamrank.training.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A line chart as SVG. Written by hand, as charting libraries draw with AWT, which wants fonts and native libraries that
 * servers lack.
 */
final class SvgChart {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final int TICKS = 5;
    private static final List<String> COLOURS = List.of("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b");

    private final String title;
    private final String xLabel;
    private final List<Line> lines = new ArrayList<>();

    /** A point. */
    record Point(double x, double y) {}

    private record Line(String name, boolean faint, List<Point> points) {}

    SvgChart(String title, String xLabel) {
        this.title = title;
        this.xLabel = xLabel;
    }

    /**
     * Adds a line.
     *
     * @param faint whether it stays in the background, as a noisy one should behind its smoothed form
     */
    SvgChart line(String name, boolean faint, List<Point> points) {
        lines.add(new Line(
                name,
                faint,
                points.stream()
                        .filter(point -> Double.isFinite(point.x) && Double.isFinite(point.y))
                        .toList()));
        return this;
    }

    /** The chart as a file's content. */
    String toSvg() {
        List<Point> all = lines.stream().flatMap(line -> line.points.stream()).toList();
        Axis x = Axis.of(all.stream().mapToDouble(Point::x).toArray(), LEFT, WIDTH - RIGHT);
        Axis y = Axis.of(all.stream().mapToDouble(Point::y).toArray(), HEIGHT - BOTTOM, TOP);
        StringBuilder svg = new StringBuilder(text(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">%n<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n",
                WIDTH, HEIGHT, WIDTH, HEIGHT));
        svg.append(text("<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>%n", LEFT, escaped(title)));
        axes(svg, x, y);
        for (int i = 0; i < lines.size(); i++) {
            draw(svg, lines.get(i), COLOURS.get(i % COLOURS.size()), i, x, y);
        }
        return svg.append("</svg>").append(System.lineSeparator()).toString();
    }

    private void axes(StringBuilder svg, Axis x, Axis y) {
        for (int tick = 0; tick <= TICKS; tick++) {
            double share = (double) tick / TICKS;
            svg.append(text(
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                    LEFT, WIDTH - RIGHT, y.pixel(share), y.pixel(share), LEFT - 6, y.pixel(share) + 4, y.label(share)));
            svg.append(text(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    x.pixel(share), HEIGHT - BOTTOM + 18, x.label(share)));
        }
        svg.append(text(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, escaped(xLabel)));
    }

    private static void draw(StringBuilder svg, Line line, String colour, int index, Axis x, Axis y) {
        StringBuilder points = new StringBuilder();
        line.points.forEach(point -> points.append(text("%.1f,%.1f ", x.of(point.x), y.of(point.y))));
        svg.append(text(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-opacity=\"%s\"/>%n",
                points.toString().strip(), colour, line.faint ? "1" : "2", line.faint ? "0.3" : "1"));
        if (line.points.size() == 1) {
            // A line of one point shows nothing.
            Point only = line.points.get(0);
            svg.append(text(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x.of(only.x), y.of(only.y), colour));
        }
        svg.append(text(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"%s\">%s</text>%n",
                WIDTH - RIGHT, TOP + 16 * (index + 1) - 4, colour, escaped(line.name)));
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** From values to pixels. */
    private record Axis(double low, double high, double lowPixel, double highPixel) {
        static Axis of(double[] values, double lowPixel, double highPixel) {
            double low = Double.POSITIVE_INFINITY;
            double high = Double.NEGATIVE_INFINITY;
            for (double value : values) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
            if (values.length == 0) {
                return new Axis(0, 1, lowPixel, highPixel);
            }
            // A flat line stands in the middle.
            return high > low
                    ? new Axis(low, high, lowPixel, highPixel)
                    : new Axis(low - 0.5, high + 0.5, lowPixel, highPixel);
        }

        double of(double value) {
            return pixel((value - low) / (high - low));
        }

        double pixel(double share) {
            return lowPixel + share * (highPixel - lowPixel);
        }

        String label(double share) {
            double value = low + share * (high - low);
            double range = high - low;
            return String.format(Locale.ROOT, range >= 50 ? "%,.0f" : range >= 1 ? "%.2f" : "%.4f", value);
        }
    }
}
