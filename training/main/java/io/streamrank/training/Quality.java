package io.streamrank.training;

import io.streamrank.replay.Evaluation;
import io.streamrank.training.run.Validation;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well a model ranks.
 *
 * @param value larger is better; the best weights are kept by it
 * @param measures everything that was measured, by name, in the order in which it is told
 */
public record Quality(double value, Map<String, Double> measures) {
    /** The measure that decides. */
    static final String DECISIVE = "ndcg_cut_10";

    public Quality {
        measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
    }

    /** One that a single measure says. */
    public static Quality of(String measure, double value) {
        return new Quality(value, Map.of(measure, value));
    }

    /** The means over all queries, of which nDCG@10 decides. */
    public static Quality of(Evaluation evaluation) {
        return new Quality(evaluation.mean(DECISIVE), Validation.means(evaluation));
    }
}
