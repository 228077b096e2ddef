package io.streamrank.training;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A query with documents that are told apart under it.
 *
 * @param query the query
 * @param passages its documents; their order means nothing
 */
public record Example(String query, List<Passage> passages) {
    public Example {
        requireNonNull(query, "query");
        passages = List.copyOf(passages);
        if (passages.isEmpty()) {
            throw new IllegalArgumentException("an example without documents");
        }
    }
}
