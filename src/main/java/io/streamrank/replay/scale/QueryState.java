package io.streamrank.replay.scale;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.JudgedRanking;
import io.streamrank.replay.Measure;
import io.streamrank.replay.TrecRun;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a query: what each model made of it, and how its documents are judged.
 *
 * @param ranked by model, as one word
 * @param judged by document
 */
record QueryState(Map<String, RankedQuery> ranked, Map<String, Grade> judged) {
    static final QueryState EMPTY = new QueryState(Map.of(), Map.of());

    QueryState {
        ranked = Map.copyOf(ranked);
        judged = Map.copyOf(judged);
    }

    /** How a document is judged; no grade where that was withdrawn. */
    record Grade(@Nullable Integer grade, long timeMillis) {}

    /** After an event; itself where the event changes nothing. */
    QueryState after(QueryEvent event) {
        if (event.ranked() != null) {
            return after(event.ranked());
        }
        return event.judged() == null ? this : after(event.judged());
    }

    private QueryState after(RankedQuery ranking) {
        RankedQuery known = ranked.get(ranking.model().word());
        if (known != null && !ranking.isBefore(known)) {
            return this;
        }
        Map<String, RankedQuery> all = new HashMap<>(ranked);
        all.put(ranking.model().word(), ranking);
        return new QueryState(all, judged);
    }

    private QueryState after(JudgmentReader.Judged judgment) {
        Grade known = judged.get(judgment.documentId());
        if (known != null && judgment.timeMillis() < known.timeMillis()) {
            return this;
        }
        Map<String, Grade> all = new HashMap<>(judged);
        all.put(judgment.documentId(), new Grade(judgment.grade(), judgment.timeMillis()));
        return new QueryState(ranked, all);
    }

    /** Each model's values of the measures; none at all of a query without judgments, which trec_eval leaves out. */
    Map<RankedQuery.ModelKey, double[]> values(List<Measure> measures, EvaluationOptions options) {
        Map<String, Integer> grades = new TreeMap<>();
        judged.forEach((document, grade) -> {
            if (grade.grade() != null) {
                grades.put(document, grade.grade());
            }
        });
        Map<RankedQuery.ModelKey, double[]> values = new HashMap<>();
        if (!grades.isEmpty()) {
            ranked.values().forEach(ranking -> {
                // In this order already; only ids and grades matter to what follows.
                List<TrecRun.Entry> entries = ranking.documents().stream()
                        .map(document -> new TrecRun.Entry(document, 0))
                        .toList();
                JudgedRanking held = JudgedRanking.of(entries, grades, options);
                values.put(
                        ranking.model(),
                        measures.stream()
                                .mapToDouble(measure -> measure.of(held))
                                .toArray());
            });
        }
        return values;
    }
}
