package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import java.util.List;

/**
 * One query of a run with the documents it retrieved, texts and all.
 *
 * @param query its id in the run, and its text
 * @param candidates best first, with the run's scores
 */
public record CandidateList(Query query, List<Candidate> candidates) {
    public CandidateList {
        requireNonNull(query, "query");
        candidates = List.copyOf(candidates);
    }
}
