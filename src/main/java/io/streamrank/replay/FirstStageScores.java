package io.streamrank.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the scores that candidates came with are worth. */
public final class FirstStageScores {
    private FirstStageScores() {}

    /**
     * Whether scores give the order the candidates came in: best first, no two of them equal in a run, which holds them in
     * single precision. Otherwise the order tells more than they do.
     *
     * @param scores in the candidates' order; null where a candidate came without
     */
    public static boolean tellOrder(List<? extends @Nullable Double> scores) {
        float before = Float.POSITIVE_INFINITY;
        for (Double score : scores) {
            if (score == null || !(score.floatValue() < before)) {
                return false;
            }
            before = score.floatValue();
        }
        return true;
    }
}
