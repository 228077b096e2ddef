package io.streamrank.replay.scale;

import io.streamrank.replay.JudgedRanking;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.UnjudgedPolicy;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds what is known of a query to its judgments, as a report on a replay does. */
record QueryMeasures(MeasuresSettings settings) {

    /** @param counted the list that counts, if there is one */
    QueryOutcome of(QueryState state, @Nullable ListState counted) {
        Map<String, Integer> grades = state.grades();
        if (grades.isEmpty()) {
            return new QueryOutcome(false, false, state.lists(), state.counted(), Map.of(), Map.of());
        }
        if (counted == null) {
            return new QueryOutcome(true, false, 0, null, Map.of(), lacking());
        }
        Map<String, List<String>> rankings = rankings(counted);
        Map<String, String> revisions = new HashMap<>();
        counted.made().forEach((contender, made) -> revisions.put(contender, made.revision()));
        boolean skipped = settings.skipUnjudged()
                && rankings.values().stream().anyMatch(documents -> hasUnjudged(documents, grades));
        Map<String, List<Double>> values = new HashMap<>();
        if (!skipped) {
            rankings.forEach((contender, documents) -> values.put(contender, values(documents, grades)));
        }
        return new QueryOutcome(true, skipped, state.lists(), state.counted(), revisions, values);
    }

    /** With nothing retrieved, every measure is 0. */
    private Map<String, List<Double>> lacking() {
        Map<String, List<Double>> zeros = new HashMap<>();
        if (settings.options().everyJudgedQuery()) {
            settings.names()
                    .forEach(name -> zeros.put(
                            name, Collections.nCopies(settings.measures().size(), 0.0)));
        }
        return zeros;
    }

    private Map<String, List<String>> rankings(ListState list) {
        Map<String, List<String>> rankings = new LinkedHashMap<>();
        rankings.put(MeasuresSettings.FIRST_STAGE, list.firstStage());
        list.made().forEach((contender, made) -> rankings.put(contender, made.documents()));
        return rankings;
    }

    private static boolean hasUnjudged(List<String> documents, Map<String, Integer> grades) {
        return documents.stream()
                .limit(UnjudgedPolicy.SKIP_DEPTH)
                .anyMatch(document -> grades.getOrDefault(document, -1) < 0);
    }

    private List<Double> values(List<String> documents, Map<String, Integer> grades) {
        // In this order already; only ids and grades matter to what follows.
        List<TrecRun.Entry> entries = documents.stream()
                .map(document -> new TrecRun.Entry(document, 0))
                .toList();
        JudgedRanking held = JudgedRanking.of(entries, grades, settings.options());
        return settings.measures().stream().map(measure -> measure.of(held)).toList();
    }
}
