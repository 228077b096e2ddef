package io.streamrank.training;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.JudgedRanking;
import io.streamrank.replay.Measure;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The mean nDCG@10 of a model over queries with judged documents. */
final class ValidationNdcg implements ToDoubleFunction<Learner> {
    private static final Measure NDCG = RankingMeasures.ndcgCut(10);

    private final List<Example> examples;

    ValidationNdcg(List<Example> examples) {
        this.examples = List.copyOf(examples);
    }

    @Override
    public double applyAsDouble(Learner learner) {
        return examples.stream()
                .mapToDouble(example -> ndcg(learner, learner.encode(example)))
                .average()
                .orElse(0);
    }

    private static double ndcg(Learner learner, Group group) {
        float[] scores = learner.score(group.pairs());
        List<TrecRun.Entry> ranking = new ArrayList<>();
        Map<String, Integer> grades = new HashMap<>();
        for (int i = 0; i < scores.length; i++) {
            ranking.add(new TrecRun.Entry(Integer.toString(i), scores[i]));
            grades.put(Integer.toString(i), Math.round(group.labels()[i]));
        }
        // Equal scores are no success: what is not relevant goes first.
        ranking.sort(Comparator.comparingDouble((TrecRun.Entry entry) -> -entry.score())
                .thenComparing(entry -> grades.getOrDefault(entry.documentId(), 0)));
        return NDCG.of(JudgedRanking.of(ranking, grades, EvaluationOptions.DEFAULT));
    }
}
