package io.streamrank.replay.report;

import io.streamrank.replay.plot.Plot;
import io.streamrank.replay.plot.Plot.Point;
import io.streamrank.replay.report.ReplayReport.Changes;
import io.streamrank.replay.report.ReplayReport.Difference;
import io.streamrank.replay.report.ReplayReport.Latency;
import io.streamrank.replay.report.ReplayReport.Mean;
import io.streamrank.replay.report.ReplayReport.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The plots of a report. A contender has one look in all of them. */
final class ReportPlots {
    /** More bars than this cannot be told apart: then each stands for several queries. */
    private static final int BARS_MAX = 400;

    private final ReplayReport report;
    private final @Nullable QueryTable queries;
    private final List<String> names;

    ReportPlots(ReplayReport report, @Nullable QueryTable queries) {
        this.report = report;
        this.queries = queries;
        // Models come first, so that the first has the first colour.
        List<String> ordered = new ArrayList<>();
        report.contenders().stream()
                .filter(result -> result.contender().isModel())
                .forEach(result -> ordered.add(result.name()));
        report.contenders().stream()
                .filter(result -> !result.contender().isModel())
                .forEach(result -> ordered.add(result.name()));
        names = List.copyOf(ordered);
    }

    /** The number of a contender's look. */
    int series(String name) {
        return names.indexOf(name);
    }

    String qualityAgainstCost() {
        Plot plot =
                new Plot(report.primary(), "pairs per second, to the right is faster", report.primary()).logarithmicX();
        for (Result result : report.contenders()) {
            Mean mean = result.means().get(report.primary());
            ReplayedModel model = result.model();
            if (mean == null) {
                continue;
            }
            if (model != null) {
                plot.point(
                        result.name(),
                        series(result.name()),
                        new Point(model.pairsPerSecond(), mean.value()),
                        mean.low(),
                        mean.high());
            } else {
                plot.level(result.name(), series(result.name()), mean.value());
            }
        }
        return plot.inline("Mean " + report.primary() + " of each model, with its 95% interval, against its pairs per"
                + " second. The figures are in the summary.");
    }

    String differences(Result result) {
        double[] sorted = sortedDifferences(result.name());
        Difference difference = result.differences().get(report.primary());
        Plot plot = new Plot("Differences", "queries, greatest gain first", "difference in " + report.primary());
        int bars = Math.min(BARS_MAX, sorted.length);
        for (int i = 0; i < bars; i++) {
            int from = (int) ((long) i * sorted.length / bars);
            int to = (int) ((long) (i + 1) * sorted.length / bars);
            double mean = IntStream.range(from, to)
                    .mapToDouble(j -> sorted[j])
                    .average()
                    .orElse(0);
            plot.bar(series(result.name()), from, to, mean);
        }
        plot.xRange(0, Math.max(1, sorted.length));
        return plot.inline(
                difference == null
                        ? "No query in common."
                        : difference.better() + " queries are better, " + difference.worse() + " worse, "
                                + difference.same() + " the same.");
    }

    private double[] sortedDifferences(String name) {
        if (queries == null) {
            return new double[0];
        }
        Set<String> names = Set.of(name, report.baseline());
        double[] ascending = IntStream.range(0, queries.rows())
                .mapToDouble(
                        row -> queries.value(name, names, 0, row) - queries.value(report.baseline(), names, 0, row))
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        return IntStream.range(0, ascending.length)
                .mapToDouble(i -> ascending[ascending.length - 1 - i])
                .toArray();
    }

    String agreement() {
        Plot plot = new Plot("Agreement", "rank-biased overlap with " + report.baseline(), "lists").xRange(0, 1);
        List<Result> changed = report.contenders().stream()
                .filter(result -> result.changes() != null)
                .toList();
        for (Result result : changed) {
            Changes changes = result.changes();
            if (changes == null) {
                continue;
            }
            if (changed.size() == 1) {
                for (int tenth = 0; tenth < changes.histogram().length; tenth++) {
                    plot.bar(
                            series(result.name()),
                            tenth / 10.0 + 0.004,
                            (tenth + 1) / 10.0 - 0.004,
                            changes.histogram()[tenth]);
                }
            } else {
                List<Point> points = new ArrayList<>();
                for (int tenth = 0; tenth < changes.histogram().length; tenth++) {
                    points.add(new Point(tenth / 10.0 + 0.05, changes.histogram()[tenth]));
                }
                plot.line(result.name(), series(result.name()), false, points);
            }
        }
        return plot.inline("How many lists have which rank-biased overlap with " + report.baseline()
                + "; the table below the plot has the counts.");
    }

    String latency() {
        Plot plot = new Plot("Latency", "milliseconds for a list", "share of lists, %")
                .logarithmicX()
                .yRange(0, 100);
        for (Result result : report.contenders()) {
            Latency latency = result.latency();
            if (latency != null) {
                plot.line(
                        result.name(),
                        series(result.name()),
                        false,
                        IntStream.rangeClosed(0, 100)
                                .mapToObj(share -> new Point(latency.centiles()[share], share))
                                .toList());
            }
        }
        return plot.inline("Which share of the lists took how long at most; the table below the plot has the figures.");
    }

    String scoresByGrade() {
        TreeSet<Integer> grades = new TreeSet<>();
        List<Result> models = new ArrayList<>();
        for (Result result : report.contenders()) {
            Calibration calibration = result.calibration();
            if (calibration != null) {
                models.add(result);
                calibration.grades().forEach(grade -> grades.add(grade.grade()));
            }
        }
        List<Integer> order = List.copyOf(grades);
        Plot plot = new Plot("Scores", "grade", "score")
                .categories(order.stream().map(grade -> Integer.toString(grade)).toList());
        double width = 0.8 / Math.max(1, models.size());
        for (int i = 0; i < models.size(); i++) {
            Result result = models.get(i);
            double offset = (i - (models.size() - 1) / 2.0) * width;
            Calibration calibration = result.calibration();
            if (calibration != null) {
                calibration
                        .grades()
                        .forEach(grade -> plot.box(
                                result.name(),
                                series(result.name()),
                                order.indexOf(grade.grade()) + offset,
                                0.85 * width,
                                new double[] {grade.p5(), grade.p25(), grade.median(), grade.p75(), grade.p95()}));
            }
        }
        return plot.inline(
                "Quantiles of the scores of the documents of each grade; the tables below have the figures.");
    }

    String reliability() {
        Plot plot = new Plot("Reliability", "score as a probability", "share of relevant documents")
                .xRange(0, 1)
                .yRange(0, 1);
        plot.line("calibrated", names.size(), true, List.of(new Point(0, 0), new Point(1, 1)));
        for (Result result : report.contenders()) {
            Calibration calibration = result.calibration();
            if (calibration != null) {
                List<Point> points = calibration.bins().stream()
                        .map(bin -> new Point(bin.score(), bin.relevant()))
                        .toList();
                plot.line(result.name(), series(result.name()), true, points);
                plot.points(result.name(), series(result.name()), points);
            }
        }
        return plot.inline("The share of relevant documents among those of about one score; the tables below have the"
                + " figures.");
    }
}
