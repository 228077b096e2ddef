package io.streamrank.telemetry;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a scrape shows: each metric with its type and labels, the parts of a histogram under its own name. */
final class ShownMetrics {
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Pattern BOUND = Pattern.compile("le=\"([^\"]*)\"");
    private static final List<String> PARTS = List.of("_bucket", "_count", "_sum", "_max");

    private final Map<String, String> types = new TreeMap<>();
    private final Map<String, Set<String>> labels = new TreeMap<>();
    private final Map<String, Set<String>> bounds = new TreeMap<>();

    static ShownMetrics all() {
        try (TestingMetrics metrics = new TestingMetrics()) {
            return new ShownMetrics(metrics.lines());
        }
    }

    private ShownMetrics(List<String> lines) {
        for (String line : lines) {
            Matcher type = TYPE.matcher(line);
            if (type.matches() && !isMaximum(type.group(1))) {
                types.put(type.group(1), type.group(2));
            }
        }
        lines.stream()
                .filter(line -> !line.startsWith("#"))
                .map(SAMPLE::matcher)
                .forEach(this::add);
    }

    /** Of a histogram, which was typed just before. */
    private boolean isMaximum(String name) {
        return name.endsWith("_max") && "histogram".equals(types.get(metric(name)));
    }

    private void add(Matcher sample) {
        if (!sample.matches()) {
            throw new AssertionError("not a sample: " + sample);
        }
        Set<String> ofMetric = labels.computeIfAbsent(metric(sample.group(1)), name -> new TreeSet<>());
        if (sample.group(2) != null) {
            LABEL.matcher(sample.group(2))
                    .results()
                    .map(label -> label.group(1))
                    .forEach(ofMetric::add);
            BOUND.matcher(sample.group(2))
                    .results()
                    .map(bound -> bound.group(1))
                    .forEach(bounds.computeIfAbsent(metric(sample.group(1)), name -> new TreeSet<>())::add);
        }
        ofMetric.remove("le");
    }

    /** The metric that a series belongs to. */
    String metric(String series) {
        return PARTS.stream()
                .filter(series::endsWith)
                .map(part -> series.substring(0, series.length() - part.length()))
                .filter(name -> "histogram".equals(types.get(name)))
                .findFirst()
                .orElse(series);
    }

    /** Type by name. */
    Map<String, String> types() {
        return types;
    }

    /** The values of a histogram's {@code le}. */
    Set<String> bounds(String histogram) {
        return bounds.getOrDefault(histogram, Set.of());
    }

    /** Labels by name, without a histogram's {@code le}. */
    Map<String, Set<String>> labels() {
        return labels;
    }
}
