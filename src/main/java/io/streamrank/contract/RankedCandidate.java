package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

/**
 * One document in its new place.
 *
 * @param id the candidate's id
 * @param score the model's raw score (a logit unless the checkpoint says otherwise): higher is better
 * @param rank its place now, 1 for the best
 * @param previousRank its place in the candidate list, 1 for the first
 * @param truncated whether the model saw only the document's beginning
 */
public record RankedCandidate(String id, float score, int rank, int previousRank, boolean truncated) {
    public RankedCandidate {
        requireNonNull(id, "id");
        if (rank < 1 || previousRank < 1) {
            throw new IllegalArgumentException("ranks start at 1, not rank " + rank + ", previousRank " + previousRank);
        }
    }
}
