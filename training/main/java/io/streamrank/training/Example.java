package io.streamrank.training;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Set;

/**
 * A query with documents that are told apart under it.
 *
 * @param query the query
 * @param passages its documents; their order means nothing
 * @param relevant ids of all documents that are known to have some relevance to it, here or not
 */
public record Example(String query, List<Passage> passages, Set<String> relevant) {
    public Example {
        requireNonNull(query, "query");
        passages = List.copyOf(passages);
        relevant = Set.copyOf(relevant);
        if (passages.isEmpty()) {
            throw new IllegalArgumentException("an example without documents");
        }
    }

    /** One of which no more is known than its documents' labels. */
    public Example(String query, List<Passage> passages) {
        this(query, passages, Set.of());
    }
}
