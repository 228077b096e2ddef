package io.streamrank.training.data;

import io.streamrank.training.data.ListScorer.Unscored;
import java.util.List;

/** Gives scores to learn from. */
@FunctionalInterface
public interface ListTeacher {
    /** For each list the scores of its documents, in their order; all are finite. */
    List<float[]> score(List<Unscored> lists);
}
