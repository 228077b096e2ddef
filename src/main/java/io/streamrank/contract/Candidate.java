package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * One document to be ranked.
 *
 * @param id the document's name, carried into the ranking
 * @param text the document as the model reads it
 * @param score the first stage's score, if it gave one; not used for ranking
 */
public record Candidate(String id, String text, @Nullable Double score) {
    public Candidate {
        requireNonNull(id, "id");
        requireNonNull(text, "text");
    }
}
