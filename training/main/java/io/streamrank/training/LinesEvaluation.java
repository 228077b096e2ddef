package io.streamrank.training;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.JudgedRanking;
import io.streamrank.replay.Measure;
import io.streamrank.replay.TrecRun;
import io.streamrank.training.data.ListScorer;
import io.streamrank.training.data.ListScorer.Unscored;
import io.streamrank.training.run.Validation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says how well a model ranks the documents of lines such as it is trained with. */
final class LinesEvaluation {
    private static final int LISTS_AT_ONCE = 32;

    private final List<Example> examples;

    LinesEvaluation(List<Example> examples) {
        this.examples = List.copyOf(examples);
    }

    /** The means over all lines. */
    Quality of(ListScorer scorer) {
        Map<String, Double> sums = new LinkedHashMap<>();
        for (int from = 0; from < examples.size(); from += LISTS_AT_ONCE) {
            List<Example> some = examples.subList(from, Math.min(examples.size(), from + LISTS_AT_ONCE));
            List<float[]> scores =
                    scorer.score(some.stream().map(LinesEvaluation::unscored).toList());
            for (int i = 0; i < some.size(); i++) {
                JudgedRanking ranking = ranking(some.get(i).passages(), scores.get(i));
                for (Measure measure : Validation.MEASURES) {
                    sums.merge(measure.name(), measure.of(ranking), Double::sum);
                }
            }
        }
        sums.replaceAll((measure, sum) -> sum / examples.size());
        return new Quality(sums.getOrDefault(Quality.DECISIVE, 0.0), sums);
    }

    private static Unscored unscored(Example example) {
        return new Unscored(
                example.query(), example.passages().stream().map(Passage::text).toList());
    }

    /** Whole, as trec_eval's are; what has some relevance keeps some. */
    private static int grade(Passage passage) {
        return passage.label() > 0 ? Math.max(1, Math.round(passage.label())) : 0;
    }

    private static JudgedRanking ranking(List<Passage> passages, float[] scores) {
        List<TrecRun.Entry> ranking = new ArrayList<>();
        Map<String, Integer> grades = new HashMap<>();
        for (int i = 0; i < scores.length; i++) {
            ranking.add(new TrecRun.Entry(Integer.toString(i), scores[i]));
            grades.put(Integer.toString(i), grade(passages.get(i)));
        }
        // Equal scores are no success: what is not relevant goes first.
        ranking.sort(Comparator.comparingDouble((TrecRun.Entry entry) -> -entry.score())
                .thenComparing(entry -> grades.getOrDefault(entry.documentId(), 0)));
        return JudgedRanking.of(ranking, grades, EvaluationOptions.DEFAULT);
    }
}
