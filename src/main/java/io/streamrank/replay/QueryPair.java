package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A query with one document, and what a model should make of them.
 *
 * @param query the query's text
 * @param document the document's text
 * @param score the score expected, if one is
 * @param ids the token ids expected, if any are
 */
public record QueryPair(String query, String document, Optional<Double> score, Optional<List<Integer>> ids) {
    public QueryPair {
        requireNonNull(query, "query");
        requireNonNull(document, "document");
        requireNonNull(score, "score");
        ids = ids.map(List::copyOf);
    }

    /** A pair of which nothing is expected. */
    public static QueryPair of(String query, String document) {
        return new QueryPair(query, document, Optional.empty(), Optional.empty());
    }
}
