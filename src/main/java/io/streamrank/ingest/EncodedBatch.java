package io.streamrank.ingest;

import io.streamrank.contract.Rejection;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Requests whose texts are turned into token ids.
 *
 * @param <R> where they came from
 * @param items in the order the requests were given
 * @param tokenize how long the turning took
 * @param chars characters of text to be scored
 * @param tokenCache how each model remembered the token ids of its documents
 */
record EncodedBatch<R extends Rankable>(
        List<Item<R>> items, Duration tokenize, long chars, Map<Reranker, CacheStatistics> tokenCache) {

    /** What is left to do for a request. */
    sealed interface Item<R extends Rankable> {
        R asked();

        /** Score these pairs, one a candidate, in the candidates' order. */
        record ToScore<R extends Rankable>(R asked, List<EncodedPair> pairs, Duration queue) implements Item<R> {}

        /** Answer that it came too late. */
        record TooLate<R extends Rankable>(R asked, Duration queue) implements Item<R> {}

        /** Answer that it cannot be ranked. */
        record ToReject<R extends Rankable>(R asked, Rejection rejection) implements Item<R> {}
    }
}
