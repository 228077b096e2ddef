package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A run's values by measure and query. Queries without judgments are left out, as trec_eval does it; judged queries
 * that the run lacks are left out or count 0, see {@link EvaluationOptions#everyJudgedQuery}.
 */
public final class Evaluation {
    private final Set<String> queries;
    private final Map<String, Map<String, Double>> values;

    private Evaluation(Set<String> queries, Map<String, Map<String, Double>> values) {
        this.queries = queries;
        this.values = values;
    }

    /**
     * Evaluates a run.
     *
     * @throws IllegalArgumentException if run and judgments have no query in common, so that no mean exists, or a grade
     *     is greater than the measures take
     */
    public static Evaluation of(Qrels qrels, TrecRun run, EvaluationOptions options, List<Measure> measures) {
        GradeBound.of(measures.stream().map(Measure::name).toList()).require(qrels, "judgments of the run");
        Map<String, JudgedRanking> rankings = new LinkedHashMap<>();
        for (String query : run.queries()) {
            if (qrels.queries().contains(query)) {
                rankings.put(query, JudgedRanking.of(run.ranking(query), qrels.judgments(query), options));
            }
        }
        if (rankings.isEmpty()) {
            throw new IllegalArgumentException(
                    "none of the run's " + run.queries().size() + " queries ("
                            + ReplayDataException.first(run.queries()) + ") is among the "
                            + qrels.queries().size()
                            + " judged ones (" + ReplayDataException.first(qrels.queries()) + ")");
        }
        if (options.everyJudgedQuery()) {
            // With nothing retrieved, every measure is 0.
            qrels.queries()
                    .forEach(query -> rankings.computeIfAbsent(
                            query, lacking -> JudgedRanking.of(List.of(), qrels.judgments(lacking), options)));
        }
        Map<String, Map<String, Double>> values = new LinkedHashMap<>();
        measures.forEach(measure -> values.put(measure.name(), values(measure, rankings)));
        return new Evaluation(Collections.unmodifiableSet(rankings.keySet()), values);
    }

    private static Map<String, Double> values(Measure measure, Map<String, JudgedRanking> rankings) {
        Map<String, Double> byQuery = new LinkedHashMap<>();
        rankings.forEach((query, ranking) -> byQuery.put(query, measure.of(ranking)));
        return Collections.unmodifiableMap(byQuery);
    }

    /** The queries that count, in the run's order, then those it lacks. */
    public Set<String> queries() {
        return queries;
    }

    /** The names of the measures, in the order asked for. */
    public Set<String> measures() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** A measure's value for each query that counts. */
    public Map<String, Double> byQuery(String measure) {
        return requireNonNull(values.get(measure), () -> "not evaluated: " + measure);
    }

    /** A measure's mean over the queries that count. */
    public double mean(String measure) {
        return ExactMean.of(byQuery(measure).values().stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
    }
}
