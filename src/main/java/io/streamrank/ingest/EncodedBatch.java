package io.streamrank.ingest;

import io.streamrank.contract.Rejection;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One transaction's events, their texts turned into token ids.
 *
 * @param items in the order the events were taken
 * @param tokenize how long the turning took
 * @param chars characters of text to be scored
 * @param tokenCache how each model remembered the token ids of its documents
 */
record EncodedBatch(List<Item> items, Duration tokenize, long chars, Map<Reranker, CacheStatistics> tokenCache) {

    /** What is left to do for an event. */
    sealed interface Item {
        Event event();

        /** Score these pairs, one a candidate, in the candidates' order. */
        record ToScore(Event.Accepted event, List<EncodedPair> pairs, Duration queue) implements Item {}

        /** Answer that it came too late. */
        record TooLate(Event.Accepted event, Duration queue) implements Item {}

        /** Send to the dead letters. */
        record ToReject(Event event, Rejection rejection) implements Item {}
    }

    List<Event> events() {
        return items.stream().map(Item::event).toList();
    }
}
