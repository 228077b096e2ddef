package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.TokenIds;
import org.jspecify.annotations.Nullable;

/**
 * A document to be paired with a query.
 *
 * @param text what it says; without lone surrogates
 * @param ids its tokens, where they are known already: then the text is not read
 */
record Document(String text, @Nullable TokenIds ids) {
    static Document of(String text) {
        return new Document(WellFormed.text(requireNonNull(text, "document")), null);
    }

    static Document of(Candidate candidate) {
        return candidate.tokenIds() == null
                ? of(candidate.text())
                : new Document(candidate.text(), candidate.tokenIds());
    }

    boolean isEmpty() {
        return ids == null && text.isEmpty();
    }
}
