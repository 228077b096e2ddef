package io.streamrank.ingest;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * How often the broker has refused the outcome of each event of a batch as too large. A refused ranking is tried again as
 * a dead letter, a refused dead letter without the event's bytes; a third refusal has no answer.
 */
final class Refusals {
    private static final int MAX = 2;

    @SuppressWarnings("IdentityHashMapUsage") // events are told apart as themselves
    private final Map<Event, Integer> counts = new IdentityHashMap<>();

    int of(Event event) {
        return counts.getOrDefault(event, 0);
    }

    /**
     * Counts a refusal.
     *
     * @return whether it leaves something smaller to try
     */
    boolean add(Event refused) {
        return counts.merge(refused, 1, Integer::sum) <= MAX;
    }
}
