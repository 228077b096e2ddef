package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.Bootstrap;
import io.streamrank.replay.Bootstrap.Interval;
import io.streamrank.replay.ExactMean;
import io.streamrank.replay.Holm;
import io.streamrank.replay.PairedTest;
import io.streamrank.replay.report.ReplayReport.Difference;
import io.streamrank.replay.report.ReplayReport.Mean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Means and differences of a table of queries, with intervals and tests. */
final class Statistics {
    private final QueryTable table;
    private final ReportSettings settings;
    private final Map<String, Map<String, Mean>> means = new HashMap<>();
    private final Map<String, Map<String, Difference>> differences = new HashMap<>();

    private Statistics(QueryTable table, ReportSettings settings) {
        this.table = table;
        this.settings = settings;
    }

    static Statistics of(QueryTable table, List<Contender> contenders, String baseline, ReportSettings settings) {
        Statistics statistics = new Statistics(table, settings);
        contenders.forEach(contender -> statistics.addMeans(contender.name()));
        contenders.stream()
                .filter(contender -> !contender.name().equals(baseline))
                .forEach(contender -> statistics.addDifferences(contender, baseline));
        statistics.correct(contenders);
        return statistics;
    }

    Map<String, Mean> means(String contender) {
        return means.getOrDefault(contender, Map.of());
    }

    /** Empty for the baseline. */
    Map<String, Difference> differences(String contender) {
        return differences.getOrDefault(contender, Map.of());
    }

    private void addMeans(String contender) {
        double[][] rows = table.values(contender, Set.of(), table.present(contender));
        if (rows.length == 0) {
            return;
        }
        List<Interval> intervals = Bootstrap.means(rows, settings.resamples(), settings.seed());
        Map<String, Mean> byMeasure = new LinkedHashMap<>();
        for (int i = 0; i < intervals.size(); i++) {
            Interval interval = intervals.get(i);
            byMeasure.put(
                    table.measures().get(i),
                    new Mean(ExactMean.of(column(rows, i)), interval.low(), interval.high(), rows.length));
        }
        means.put(contender, byMeasure);
    }

    private void addDifferences(Contender contender, String baseline) {
        Set<String> names = Set.of(contender.name(), baseline);
        int[] both = table.presentInAll(names);
        if (both.length == 0) {
            return;
        }
        double[][] rows = table.values(contender.name(), names, both);
        double[][] before = table.values(baseline, names, both);
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] -= before[i][j];
            }
        }
        List<Interval> intervals = Bootstrap.means(rows, settings.resamples(), settings.seed());
        Map<String, Difference> byMeasure = new LinkedHashMap<>();
        for (int i = 0; i < intervals.size(); i++) {
            double p = contender.isModel()
                    ? PairedTest.pValue(column(rows, i), settings.resamples(), settings.seed())
                    : Double.NaN;
            byMeasure.put(table.measures().get(i), difference(column(rows, i), intervals.get(i), p));
        }
        differences.put(contender.name(), byMeasure);
    }

    private static Difference difference(double[] values, Interval interval, double p) {
        int better = (int) Arrays.stream(values).filter(value -> value > 0).count();
        int worse = (int) Arrays.stream(values).filter(value -> value < 0).count();
        return new Difference(
                ExactMean.of(values),
                interval.low(),
                interval.high(),
                p,
                p,
                better,
                worse,
                values.length - better - worse);
    }

    /** The models' tests by one measure are one family. */
    private void correct(List<Contender> contenders) {
        List<String> models = contenders.stream()
                .filter(contender -> contender.isModel() && differences.containsKey(contender.name()))
                .map(Contender::name)
                .toList();
        for (String measure : table.measures()) {
            double[] corrected = Holm.correct(models.stream()
                    .mapToDouble(model -> difference(model, measure).p())
                    .toArray());
            IntStream.range(0, models.size())
                    .forEach(i -> requireNonNull(differences.get(models.get(i)))
                            .computeIfPresent(measure, (any, found) -> corrected(found, corrected[i])));
        }
    }

    private Difference difference(String model, String measure) {
        return requireNonNull(requireNonNull(differences.get(model)).get(measure));
    }

    private static Difference corrected(Difference found, double p) {
        return new Difference(
                found.value(), found.low(), found.high(), found.p(), p, found.better(), found.worse(), found.same());
    }

    private static double[] column(double[][] rows, int column) {
        return Arrays.stream(rows).mapToDouble(row -> row[column]).toArray();
    }
}
