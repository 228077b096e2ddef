package io.streamrank.batch;

import java.util.List;

/**
 * What one forward pass shall score.
 *
 * @param pairs indices into the list that was planned, longest pair first; pairs with the same prefix stand together,
 *     where the longest of them belongs
 * @param tokens how many tokens the forward pass reads: those of each pair that no other shares, and of each prefix, once,
 *     those that the model does not remember
 */
public record PlannedBatch(List<Integer> pairs, int tokens) {
    public PlannedBatch {
        pairs = List.copyOf(pairs);
    }
}
