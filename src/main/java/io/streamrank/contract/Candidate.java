package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * One document to be ranked.
 *
 * @param id the document's name, carried into the ranking
 * @param text the document as the model reads it; not read where there are token ids
 * @param score the first stage's score, if it gave one; not used for ranking
 * @param tokenIds the document as the model's tokenizer gives it, where that was done before
 */
public record Candidate(
        String id,
        String text,
        @Nullable Double score,
        @Nullable TokenIds tokenIds) {
    public Candidate {
        requireNonNull(id, "id");
        requireNonNull(text, "text");
    }

    /** A document as text alone. */
    public Candidate(String id, String text, @Nullable Double score) {
        this(id, text, score, null);
    }
}
