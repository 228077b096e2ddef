package io.streamrank.batch;

import java.util.List;

/**
 * What one forward pass shall score.
 *
 * @param pairs indices into the list that was planned, longest pair first
 * @param tokens their tokens together
 */
public record PlannedBatch(List<Integer> pairs, int tokens) {
    public PlannedBatch {
        pairs = List.copyOf(pairs);
    }
}
