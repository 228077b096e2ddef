package io.streamrank.replay.scale;

import java.util.Collection;
import java.util.List;

/**
 * What an application has measured.
 *
 * @param queries each judged query, once
 * @param totals what they and all lists sum up to
 */
public record Measured(Collection<MeasuredQuery> queries, MeasuredTotals totals) {
    public Measured {
        queries = List.copyOf(queries);
    }
}
