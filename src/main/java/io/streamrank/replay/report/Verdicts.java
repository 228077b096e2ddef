package io.streamrank.replay.report;

import io.streamrank.replay.report.FailCondition.Quantity;
import io.streamrank.replay.report.FailCondition.Verdict;
import io.streamrank.replay.report.ReplayReport.Changes;
import io.streamrank.replay.report.ReplayReport.Latency;
import io.streamrank.replay.report.ReplayReport.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Asks every condition of every model. */
final class Verdicts {
    private final List<Result> results;
    private final String baseline;
    private final ReportSettings settings;
    private final @Nullable QueryTable queries;

    /** @param queries null without judgments */
    Verdicts(List<Result> results, String baseline, ReportSettings settings, @Nullable QueryTable queries) {
        this.results = results;
        this.baseline = baseline;
        this.settings = settings;
        this.queries = queries;
    }

    List<Verdict> all() {
        List<Verdict> verdicts = new ArrayList<>();
        for (FailCondition condition : settings.conditions()) {
            for (Result result : results) {
                boolean itself = result.name().equals(baseline) && condition.namesBaseline();
                if (result.contender().isModel() && !itself) {
                    verdicts.add(verdict(condition, result.name()));
                }
            }
        }
        return verdicts;
    }

    /** By measures contenders are compared over the queries that all of those have who are asked for. */
    private Verdict verdict(FailCondition condition, String model) {
        Set<String> needed = condition.contenders(model, baseline);
        int[] rows = queries == null ? new int[0] : queries.presentInAll(needed);
        return condition.ask(model, baseline, (name, quantity) -> value(name, needed, quantity, rows));
    }

    private double value(String name, Set<String> compared, String quantity, int[] rows) {
        Result result = results.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
        Quantity known = Quantity.of(quantity).orElse(null);
        if (known == null) {
            return queries == null ? Double.NaN : queries.mean(name, compared, quantity, rows);
        }
        return switch (known) {
            case PAIRS_PER_SECOND -> of(result.model(), ReplayedModel::pairsPerSecond);
            case MEMORY_BYTES -> of(result.model(), ReplayedModel::memoryBytes);
            case LIST_MILLIS_P50 -> of(result.latency(), Latency::p50);
            case LIST_MILLIS_P95 -> of(result.latency(), Latency::p95);
            case LIST_MILLIS_P99 -> of(result.latency(), Latency::p99);
            case OVERLAP -> of(result.changes(), Changes::overlap);
            case RBO -> of(result.changes(), Changes::rbo);
            case TAU -> of(result.changes(), Changes::tau);
            case SCORE_SHIFT -> of(result.changes(), Changes::shift);
        };
    }

    private static <T> double of(@Nullable T from, ToDoubleFunction<T> figure) {
        return from == null ? Double.NaN : figure.applyAsDouble(from);
    }
}
