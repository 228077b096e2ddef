package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import java.util.function.ToDoubleFunction;

/**
 * What a ranking is worth, between 0 and 1.
 *
 * @param name trec_eval's, where it has it: {@code ndcg_cut_10}
 * @param formula the value for one query
 */
public record Measure(String name, ToDoubleFunction<JudgedRanking> formula) {
    public Measure {
        requireNonNull(name, "name");
        requireNonNull(formula, "formula");
    }

    /** The value for one query. */
    public double of(JudgedRanking ranking) {
        return formula.applyAsDouble(ranking);
    }
}
