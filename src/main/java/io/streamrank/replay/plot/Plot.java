package io.streamrank.replay.plot;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A plot with two axes. Series are told apart by colour, and by shape or dashes for those who don't see colours. As part
 * of a page it takes its colours from the page ({@code --series-1} and on, {@code --text}, {@code --grid}), as a file it
 * brings its own.
 */
public final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 380;
    private static final int LEFT = 64;
    private static final int RIGHT = 20;
    private static final int BOTTOM = 52;
    private static final int LEGEND_ROW = 20;
    private static final int LETTER = 8;
    private static final int SERIES = 6;
    private static final List<String> DASHES = List.of("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4");

    /** For files, as few viewers but browsers know variables. */
    private static final Map<String, String> COLOURS = Map.of(
            "var(--grid)", "#e6eaef",
            "var(--text)", "#17202c",
            "var(--series-1)", "#0069b4",
            "var(--series-2)", "#c24a00",
            "var(--series-3)", "#00795c",
            "var(--series-4)", "#9b3f86",
            "var(--series-5)", "#7a6200",
            "var(--series-6)", "#46505c");

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final List<Mark> marks = new ArrayList<>();
    private final Map<String, Integer> legend = new LinkedHashMap<>();
    private final List<Double> xs = new ArrayList<>();
    private final List<Double> ys = new ArrayList<>();
    private boolean logX;
    private double @Nullable [] xRange;
    private double @Nullable [] yRange;
    private List<String> categories = List.of();

    /** A point. */
    public record Point(double x, double y) {}

    private interface Mark {
        String draw(Axis x, Axis y);
    }

    /** A plot of nothing yet. */
    public Plot(String title, String xLabel, String yLabel) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
    }

    /** Makes the x axis logarithmic; values of 0 and less are left out. */
    public Plot logarithmicX() {
        logX = true;
        return this;
    }

    /** Fixes the x axis. */
    public Plot xRange(double low, double high) {
        xRange = new double[] {low, high};
        return this;
    }

    /** Fixes the y axis. */
    public Plot yRange(double low, double high) {
        yRange = new double[] {low, high};
        return this;
    }

    /** Names the places 0, 1, … of the x axis. */
    public Plot categories(List<String> names) {
        categories = List.copyOf(names);
        return xRange(-0.5, names.size() - 0.5);
    }

    /**
     * Adds a line through points, those left out that are no numbers.
     *
     * @param name in the legend; series of one name share an entry
     * @param series counted from 0
     * @param faint whether it stays in the background, as a noisy one should behind its smoothed form
     */
    public Plot line(String name, int series, boolean faint, List<Point> points) {
        List<Point> finite = points.stream().filter(this::canStand).toList();
        finite.forEach(this::reach);
        if (!faint) {
            legend.put(name, series);
        }
        marks.add((x, y) -> {
            StringBuilder path = new StringBuilder();
            finite.forEach(point -> path.append(Svg.format("%.1f,%.1f ", x.of(point.x), y.of(point.y))));
            String line = Svg.format(
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-opacity=\"%s\""
                            + " stroke-dasharray=\"%s\"/>",
                    path.toString().strip(), colour(series), faint ? "1" : "2", faint ? "0.35" : "1", dashes(series));
            // A line of one point shows nothing.
            return finite.size() == 1 ? shape(series, x.of(finite.get(0).x), y.of(finite.get(0).y)) : line;
        });
        return this;
    }

    /** Adds a point with its name beside it, and with whiskers from low to high. */
    public Plot point(String name, int series, Point point, double low, double high) {
        if (!canStand(point)) {
            return this;
        }
        reach(point);
        reach(new Point(point.x, low));
        reach(new Point(point.x, high));
        marks.add((x, y) -> {
            double atX = x.of(point.x);
            boolean right = atX < (LEFT + WIDTH - RIGHT) / 2.0;
            return Svg.format(
                            "<path d=\"M%1$.1f %2$.1fV%3$.1fM%4$.1f %2$.1fh8M%4$.1f %3$.1fh8\" stroke=\"%5$s\""
                                    + " stroke-width=\"1.5\" fill=\"none\"/>",
                            atX, y.of(low), y.of(high), atX - 4, colour(series))
                    + shape(series, atX, y.of(point.y))
                    + Svg.format(
                            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                            right ? atX + 10 : atX - 10, y.of(point.y) - 6, right ? "start" : "end", Svg.escaped(name));
        });
        return this;
    }

    /** Adds points without names. */
    public Plot points(String name, int series, List<Point> points) {
        List<Point> finite = points.stream().filter(this::canStand).toList();
        finite.forEach(this::reach);
        legend.put(name, series);
        marks.add((x, y) -> {
            StringBuilder shapes = new StringBuilder();
            finite.forEach(point -> shapes.append(shape(series, x.of(point.x), y.of(point.y))));
            return shapes.toString();
        });
        return this;
    }

    /** Adds a bar from the level 0 to a value, between two places of the x axis. */
    public Plot bar(int series, double from, double to, double value) {
        reach(new Point(from, 0));
        reach(new Point(to, value));
        marks.add((x, y) -> Svg.format(
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>",
                x.of(from),
                Math.min(y.of(0), y.of(value)),
                Math.max(0.4, x.of(to) - x.of(from)),
                Math.abs(y.of(value) - y.of(0)),
                colour(series)));
        return this;
    }

    /** Adds a box with whiskers: five quantiles, ascending, around a place of the x axis. */
    public Plot box(String name, int series, double place, double width, double[] quantiles) {
        legend.put(name, series);
        for (double quantile : quantiles) {
            reach(new Point(place, quantile));
        }
        marks.add((x, y) -> {
            double left = x.of(place - width / 2);
            double right = x.of(place + width / 2);
            DoubleUnaryOperator at = share -> left + share * (right - left);
            return Svg.format(
                    "<path d=\"M%1$.1f %2$.1fV%3$.1fM%1$.1f %4$.1fV%5$.1fM%6$.1f %2$.1fH%7$.1fM%6$.1f %5$.1fH%7$.1f\""
                            + " stroke=\"%8$s\" fill=\"none\"/><rect x=\"%9$.1f\" y=\"%4$.1f\" width=\"%10$.1f\""
                            + " height=\"%11$.1f\" stroke=\"%8$s\" fill=\"%8$s\" fill-opacity=\"0.25\"/>"
                            + "<path d=\"M%9$.1f %12$.1fh%10$.1f\" stroke=\"%8$s\" stroke-width=\"2.5\"/>",
                    at.applyAsDouble(0.5),
                    y.of(quantiles[0]),
                    y.of(quantiles[1]),
                    y.of(quantiles[3]),
                    y.of(quantiles[4]),
                    at.applyAsDouble(0.3),
                    at.applyAsDouble(0.7),
                    colour(series),
                    left,
                    right - left,
                    Math.max(0, y.of(quantiles[1]) - y.of(quantiles[3])),
                    y.of(quantiles[2]));
        });
        return this;
    }

    /** Adds a dashed line across the plot, with its name above it. */
    public Plot level(String name, int series, double value) {
        reach(new Point(Double.NaN, value));
        marks.add((x, y) -> Svg.format(
                "<path d=\"M%d %.1fH%d\" stroke=\"%s\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>"
                        + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                LEFT, y.of(value), WIDTH - RIGHT, colour(series), WIDTH - RIGHT, y.of(value) - 5, Svg.escaped(name)));
        return this;
    }

    /** As an element of an HTML page, with a description for those who don't see it. */
    public String inline(String description) {
        return Svg.format(
                        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" font-size=\"13\">",
                        WIDTH, HEIGHT, Svg.escaped(description))
                + content(12)
                + "</svg>";
    }

    /** As a file of its own. */
    public String standalone() {
        String svg = Svg.format(
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                                + " font-size=\"13\">%n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>%n",
                        WIDTH, HEIGHT, WIDTH, HEIGHT)
                + Svg.format("<text x=\"%d\" y=\"20\" font-size=\"15\">%s</text>%n", LEFT, Svg.escaped(title))
                + content(42)
                + Svg.format("%n</svg>%n");
        for (Map.Entry<String, String> colour : COLOURS.entrySet()) {
            svg = svg.replace(colour.getKey(), colour.getValue());
        }
        return svg;
    }

    private String content(int top) {
        StringBuilder legendText = new StringBuilder();
        int below = drawLegend(legendText, top);
        Axis x = axis(xRange, xs, logX, LEFT, WIDTH - RIGHT);
        Axis y = axis(yRange, ys, false, HEIGHT - BOTTOM, below + 14.0);
        StringBuilder svg = new StringBuilder("<g fill=\"var(--text)\">").append(legendText);
        drawAxes(svg, x, y);
        marks.forEach(mark -> svg.append(mark.draw(x, y)));
        return svg.append("</g>").toString();
    }

    private static Axis axis(
            double @Nullable [] range, List<Double> values, boolean logarithmic, double lowPixel, double highPixel) {
        return range == null
                ? Axis.around(
                        values.stream().mapToDouble(Double::doubleValue).toArray(), logarithmic, lowPixel, highPixel)
                : new Axis(range[0], range[1], logarithmic, lowPixel, highPixel);
    }

    private int drawLegend(StringBuilder svg, int top) {
        int left = LEFT;
        int baseline = top;
        for (Map.Entry<String, Integer> entry : legend.entrySet()) {
            int width = 36 + LETTER * entry.getKey().length();
            if (left > LEFT && left + width > WIDTH - RIGHT) {
                left = LEFT;
                baseline += LEGEND_ROW;
            }
            int series = requireNonNull(entry.getValue());
            svg.append(shape(series, left + 6.0, baseline - 4.0));
            svg.append(
                    Svg.format("<text x=\"%d\" y=\"%d\">%s</text>", left + 16, baseline, Svg.escaped(entry.getKey())));
            left += width;
        }
        return legend.isEmpty() ? top - 8 : baseline;
    }

    private void drawAxes(StringBuilder svg, Axis x, Axis y) {
        double top = y.highPixel();
        int bottom = HEIGHT - BOTTOM;
        for (Axis.Tick tick : y.ticks()) {
            svg.append(Svg.format(
                    "<path d=\"M%d %.1fH%d\" stroke=\"var(--grid)\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT, tick.pixel(), WIDTH - RIGHT, LEFT - 7, tick.pixel() + 4, tick.label()));
        }
        List<Axis.Tick> ticks = categories.isEmpty() ? x.ticks() : categoryTicks(x);
        for (Axis.Tick tick : ticks) {
            svg.append(Svg.format(
                    "<path d=\"M%1$.1f %2$dv5\" stroke=\"var(--text)\"/>"
                            + "<text x=\"%1$.1f\" y=\"%3$d\" text-anchor=\"middle\">%4$s</text>",
                    tick.pixel(), bottom, bottom + 19, Svg.escaped(tick.label())));
        }
        svg.append(Svg.format(
                "<path d=\"M%1$d %2$.1fV%3$dH%4$d\" stroke=\"var(--text)\" fill=\"none\"/>"
                        + "<text x=\"%5$d\" y=\"%6$d\" text-anchor=\"middle\">%7$s</text>"
                        + "<text transform=\"translate(14 %8$.1f) rotate(-90)\" text-anchor=\"middle\">%9$s</text>",
                LEFT,
                top,
                bottom,
                WIDTH - RIGHT,
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 10,
                Svg.escaped(xLabel),
                (top + bottom) / 2,
                Svg.escaped(yLabel)));
    }

    private List<Axis.Tick> categoryTicks(Axis x) {
        List<Axis.Tick> ticks = new ArrayList<>();
        for (String category : categories) {
            ticks.add(new Axis.Tick(x.of(ticks.size()), category));
        }
        return ticks;
    }

    private boolean canStand(Point point) {
        return Double.isFinite(point.x) && Double.isFinite(point.y) && !(logX && point.x <= 0);
    }

    private void reach(Point point) {
        xs.add(point.x);
        ys.add(point.y);
    }

    private static String shape(int series, double x, double y) {
        String colour = colour(series);
        return switch (series % 4) {
            case 0 -> Svg.format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\"/>", x, y, colour);
            case 1 ->
                Svg.format("<rect x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\" fill=\"%s\"/>", x - 4, y - 4, colour);
            case 2 -> Svg.format("<path d=\"M%.1f %.1fl5 9h-10z\" fill=\"%s\"/>", x, y - 5, colour);
            default -> Svg.format("<path d=\"M%.1f %.1fl5 5l-5 5l-5 -5z\" fill=\"%s\"/>", x, y - 5, colour);
        };
    }

    private static String colour(int series) {
        return "var(--series-" + (series % SERIES + 1) + ")";
    }

    private static String dashes(int series) {
        return DASHES.get(series % SERIES);
    }
}
