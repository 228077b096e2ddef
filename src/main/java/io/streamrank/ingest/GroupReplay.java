package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.function.Predicate;

/**
 * What a group of workers replays, and how.
 *
 * @param range which part of the recorded topic
 * @param terms what all workers of the group must have alike, by name: whatever changes scores, or which lists are
 *     ranked
 * @param sample by their texts, the queries whose lists are ranked; others' are passed over
 */
public record GroupReplay(RecordedRange range, Map<String, String> terms, Predicate<String> sample) {
    public GroupReplay {
        requireNonNull(range, "range");
        terms = Map.copyOf(terms);
        requireNonNull(sample, "sample");
    }
}
