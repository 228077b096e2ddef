package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * Whether an application, all its instances together, has worked off what its topics held at the beginning. Step after
 * step: once the offsets of one step's topics are committed up to where they ended, all that came of it is in the next
 * step's topics, whose ends are taken then.
 *
 * <p>Offsets may stay behind an end though nothing is left: markers of transactions, what was aborted, and what was
 * compacted away stand there too. So where the offset of a partition stands still, what lies before it is looked at.
 */
final class Completion implements AutoCloseable {
    private static final long NONE = -1;

    private final TopicOffsets offsets;
    private final Deque<Set<String>> steps = new ArrayDeque<>();
    private final Map<TopicPartition, Long> firstEnds;
    private Map<TopicPartition, Long> ends;

    /** Of the step's partitions: what was committed of each when they were looked at last. */
    private final Map<TopicPartition, Long> before = new HashMap<>();

    private double fraction;

    /**
     * Takes down where the first step's topics end.
     *
     * @param offsets closed with this
     * @param steps topics that are worked off together, in the order in which records pass through them
     */
    Completion(TopicOffsets offsets, List<Set<String>> steps) {
        this.offsets = offsets;
        this.steps.addAll(steps);
        try {
            this.ends = offsets.ends(this.steps.remove());
        } catch (RuntimeException e) {
            offsets.close();
            throw e;
        }
        this.firstEnds = Map.copyOf(ends);
    }

    /**
     * Looks again. Takes a moment.
     *
     * @throws org.apache.kafka.common.KafkaException if the cluster does not say; to be asked again
     */
    boolean isReached() {
        Map<TopicPartition, Long> committed = offsets.committed();
        tell(committed);
        Set<TopicPartition> behind = ends.keySet().stream()
                .filter(partition -> committed.getOrDefault(partition, 0L) < requireNonNull(ends.get(partition)))
                .collect(Collectors.toSet());
        boolean done = true;
        for (TopicPartition partition : behind) {
            long at = committed.getOrDefault(partition, NONE);
            Long last = before.put(partition, at);
            done &= last != null && last == at && isWorkedOff(partition, at);
        }
        if (!done) {
            return false;
        }
        if (steps.isEmpty()) {
            return true;
        }
        ends = offsets.ends(steps.element());
        steps.remove();
        before.clear();
        return false;
    }

    /** Whether nothing stands between an offset and the end. What is found so stays so. */
    private boolean isWorkedOff(TopicPartition partition, long at) {
        if (offsets.holdsMore(partition, at, requireNonNull(ends.get(partition)))) {
            return false;
        }
        ends.put(partition, Math.max(at, 0));
        return true;
    }

    /** Which part of what the first step's topics held is worked off. */
    double fraction() {
        return fraction;
    }

    private void tell(Map<TopicPartition, Long> committed) {
        long all = firstEnds.values().stream().mapToLong(Long::longValue).sum();
        long done = firstEnds.entrySet().stream()
                .mapToLong(end -> Math.min(end.getValue(), committed.getOrDefault(end.getKey(), 0L)))
                .sum();
        fraction = all == 0 ? 1 : (double) done / all;
    }

    @Override
    public void close() {
        offsets.close();
    }
}
