package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What the candidates are ranked for.
 *
 * @param id the caller's name of the query, carried into the ranking; absent where the caller has none
 * @param text the query as the model reads it
 */
public record Query(@Nullable String id, String text) {
    public Query {
        requireNonNull(text, "text");
    }
}
