package io.streamrank.replay.scale;

import io.streamrank.replay.ListPlace;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a query is worth to each contender, as far as is known.
 *
 * @param judged whether it has judgments; otherwise it does not count
 * @param skipped whether it is left out for unjudged documents
 * @param lists how many of its lists everybody has ranked
 * @param place of the list that counts; none where there is no such list
 * @param revisions of the models that ranked it, and the types they computed in, by contender
 * @param values one a measure, by contender; none where the query does not count
 */
record QueryOutcome(
        boolean judged,
        boolean skipped,
        long lists,
        @Nullable ListPlace place,
        Map<String, String> revisions,
        Map<String, List<Double>> values) {
    static final QueryOutcome NONE = new QueryOutcome(false, false, 0, null, Map.of(), Map.of());

    QueryOutcome {
        revisions = Map.copyOf(revisions);
        values = Map.copyOf(values);
    }
}
