package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * The topics the worker reads and writes.
 *
 * @param candidates where candidate lists come in
 * @param ranked where rankings go
 * @param batches where batch statistics go
 * @param deadLetters where events go that can never be ranked
 */
public record Topics(String candidates, String ranked, String batches, String deadLetters) {
    public static final Topics DEFAULT =
            new Topics("rerank.candidates", "rerank.ranked", "rerank.batches", "rerank.candidates.dlq");

    public Topics {
        requireNonNull(candidates, "candidates");
        requireNonNull(ranked, "ranked");
        requireNonNull(batches, "batches");
        requireNonNull(deadLetters, "deadLetters");
    }

    /** All four, the one that is read first. */
    public List<String> all() {
        return List.of(candidates, ranked, batches, deadLetters);
    }
}
