package io.streamrank.replay.scale;

import java.util.Map;

/**
 * A query as the topic of measures tells it.
 *
 * @param judged whether it has judgments
 * @param skipped whether it is left out for unjudged documents
 * @param ranked whether it has a list that everybody has ranked
 * @param lists how many such lists it has
 * @param revisions of the models that ranked the list that counts, and the types they computed in, by contender
 * @param values one a measure, by contender; none where the query does not count
 */
public record MeasuredQuery(
        String query,
        boolean judged,
        boolean skipped,
        boolean ranked,
        long lists,
        Map<String, String> revisions,
        Map<String, double[]> values) {
    public MeasuredQuery {
        revisions = Map.copyOf(revisions);
        values = Map.copyOf(values);
    }
}
