package io.streamrank.ingest;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

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
     * Counts these refusals.
     *
     * @return whether each still leaves something smaller to try
     */
    boolean add(Set<Event> refused) {
        boolean canShrink = true;
        for (Event event : refused) {
            canShrink &= counts.merge(event, 1, Integer::sum) <= MAX;
        }
        return canShrink;
    }
}
