package io.streamrank.ingest;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offsets whose events are answered and which the group does not know of yet: between the publishing thread, which adds
 * them, and the poll thread, which alone may commit by its consumer. Stays empty where transactions carry the offsets.
 */
final class AnsweredOffsets {
    private static final Logger LOG = LoggerFactory.getLogger(AnsweredOffsets.class);

    private final Map<TopicPartition, OffsetAndMetadata> waiting = new HashMap<>();

    /** Tells the answer to the present commit from one to a commit that was taken back. */
    private int commits;

    /** What the consumer is committing, unless it has been taken back. The poll thread's, in which it is called back. */
    private Map<TopicPartition, OffsetAndMetadata> underWay = Map.of();

    synchronized void add(Map<TopicPartition, OffsetAndMetadata> offsets) {
        waiting.putAll(offsets);
    }

    /** Whether the group knows of all that was added. */
    synchronized boolean isEmpty() {
        return waiting.isEmpty() && underWay.isEmpty();
    }

    private synchronized Map<TopicPartition, OffsetAndMetadata> takeAll() {
        Map<TopicPartition, OffsetAndMetadata> all = Map.copyOf(waiting);
        waiting.clear();
        return all;
    }

    private synchronized void giveBack(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach(waiting::putIfAbsent);
    }

    /** Others own these partitions, and their offsets, now. */
    synchronized void forget(Collection<TopicPartition> partitions) {
        waiting.keySet().removeAll(partitions);
        Map<TopicPartition, OffsetAndMetadata> rest = new HashMap<>(underWay);
        rest.keySet().removeAll(partitions);
        underWay = rest;
    }

    /** Commits what waits, and does not wait for it; one commit at a time. */
    void commit(Consumer<?, ?> consumer) {
        Map<TopicPartition, OffsetAndMetadata> offsets = underWay.isEmpty() ? takeAll() : Map.of();
        if (offsets.isEmpty()) {
            return;
        }
        underWay = offsets;
        int own = ++commits;
        consumer.commitAsync(offsets, (committed, error) -> {
            if (own != commits) {
                return;
            }
            Map<TopicPartition, OffsetAndMetadata> left = underWay;
            underWay = Map.of();
            if (error instanceof RetriableException) {
                giveBack(left);
            } else if (error != null) {
                warn(left, error);
            }
        });
    }

    /**
     * Commits what waits, and once more what is under way, before partitions go to others: an answer that still comes to
     * the latter must not bring back offsets that are no longer this worker's.
     */
    void commitNow(Consumer<?, ?> consumer, Duration patience) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(underWay);
        offsets.putAll(takeAll());
        underWay = Map.of();
        commits++;
        if (offsets.isEmpty()) {
            return;
        }
        try {
            try {
                consumer.commitSync(offsets, patience);
            } catch (WakeupException e) {
                // Meant for a poll, and over with this.
                consumer.commitSync(offsets, patience);
            }
        } catch (KafkaException e) {
            warn(offsets, e);
        }
    }

    private static void warn(Map<TopicPartition, OffsetAndMetadata> offsets, Exception error) {
        LOG.warn(
                "Answered, but not committed, so others may answer again what is before {}: {}",
                offsets,
                ErrorText.firstLine(error));
    }
}
