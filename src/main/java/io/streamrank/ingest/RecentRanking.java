package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A ranking that was committed a while ago, in short. Names and texts may be cut.
 *
 * @param query its text, where texts are kept
 * @param committedAt when this was told, after the commit
 * @param candidates the best of them
 */
public record RecentRanking(
        String requestId,
        Optional<String> queryId,
        Optional<String> query,
        ModelRef model,
        Ranking.Outcome outcome,
        SourcePosition source,
        Instant committedAt,
        Timings timings,
        List<Candidate> candidates) {

    /**
     * A candidate in its new place.
     *
     * @param text where texts are kept
     */
    public record Candidate(
            String id, float score, int rank, int previousRank, boolean truncated, Optional<String> text) {
        public Candidate {
            requireNonNull(id, "id");
            requireNonNull(text, "text");
        }
    }

    public RecentRanking {
        requireNonNull(requestId, "requestId");
        requireNonNull(queryId, "queryId");
        requireNonNull(query, "query");
        requireNonNull(model, "model");
        requireNonNull(outcome, "outcome");
        requireNonNull(source, "source");
        requireNonNull(committedAt, "committedAt");
        requireNonNull(timings, "timings");
        candidates = List.copyOf(candidates);
    }

    /** What it holds in memory, about. */
    long bytes() {
        long chars = requestId.length() + chars(queryId) + chars(query);
        for (Candidate candidate : candidates) {
            chars += candidate.id().length() + chars(candidate.text());
        }
        return Event.OVERHEAD_BYTES + (long) Event.ENTRY_BYTES * candidates.size() + Character.BYTES * chars;
    }

    private static long chars(Optional<String> text) {
        return text.map(String::length).orElse(0);
    }
}
