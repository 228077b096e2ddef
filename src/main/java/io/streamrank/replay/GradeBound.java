package io.streamrank.replay;

import java.util.Collection;
import java.util.Map;

/**
 * The greatest grade that measures can take. A grade g is worth 2^g - 1 under exponential gain, of which sums must stay
 * finite; other measures take any.
 *
 * @param most the greatest grade
 * @param measure the measure that cannot take a greater one; empty where all can
 */
public record GradeBound(int most, String measure) {
    /** The greatest grade of exponential gain: eight million documents of it still have a sum. */
    public static final int EXPONENTIAL_GRADE_MAX = 1_000;

    /** The bound of measures, by their names. */
    public static GradeBound of(Collection<String> measures) {
        return measures.stream()
                .filter(RankingMeasures::isExponential)
                .findFirst()
                .map(name -> new GradeBound(EXPONENTIAL_GRADE_MAX, name))
                .orElse(new GradeBound(Integer.MAX_VALUE, ""));
    }

    /** Whether a document may be judged so. */
    public boolean allows(int grade) {
        return grade <= most;
    }

    /**
     * Requires all grades to be such that the measures have values.
     *
     * @param source what the judgments are called
     * @throws IllegalArgumentException naming the first query and document with a greater grade
     */
    public void require(Qrels judgments, String source) {
        for (String query : judgments.queries()) {
            for (Map.Entry<String, Integer> judged : judgments.judgments(query).entrySet()) {
                if (!allows(judged.getValue())) {
                    throw new IllegalArgumentException(source + ": query " + query + ", document "
                            + judged.getKey() + " has grade " + judged.getValue() + ", but " + measure
                            + " counts a grade g as 2^g - 1 and takes at most " + most
                            + "; expected smaller grades, or measures without exp, such as ndcg_cut_10");
                }
            }
        }
    }
}
