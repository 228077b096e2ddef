package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Whether an application, all its instances together, has worked off what its topics held at the beginning. Step after
 * step: once the offsets of one step's topics are committed up to where they ended, all that came of it is in the next
 * step's topics, whose ends are taken then.
 *
 * <p>Offsets may stay behind an end though nothing is left: markers of transactions, what was aborted, and what was
 * compacted away stand there too. So where offsets stand still, what lies before them is looked at.
 */
final class Completion implements AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration POLL = Duration.ofMillis(100);

    private final String application;
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Deque<Set<String>> steps = new ArrayDeque<>();
    private final Map<TopicPartition, Long> firstEnds;
    private Map<TopicPartition, Long> ends;
    private Map<TopicPartition, Long> committedBefore = Map.of();

    /**
     * Takes down where the first step's topics end.
     *
     * @param steps topics that are worked off together, in the order in which records pass through them
     */
    Completion(Map<String, Object> clientConfig, String application, List<Set<String>> steps) {
        this.application = application;
        this.steps.addAll(steps);
        this.admin = Admin.create(clientConfig);
        try {
            this.consumer = new KafkaConsumer<>(clientConfig, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            this.ends = ends(this.steps.remove());
            this.firstEnds = Map.copyOf(ends);
        } catch (RuntimeException e) {
            admin.close();
            throw e;
        }
    }

    /** Looks again. Takes a moment. */
    boolean isReached() {
        Map<TopicPartition, Long> committed = committed();
        Set<TopicPartition> behind = ends.keySet().stream()
                .filter(partition -> committed.getOrDefault(partition, 0L) < requireNonNull(ends.get(partition)))
                .collect(Collectors.toSet());
        boolean stands = committed.equals(committedBefore);
        committedBefore = committed;
        if (!behind.isEmpty() && !(stands && behind.stream().noneMatch(partition -> holdsMore(partition, committed)))) {
            return false;
        }
        if (steps.isEmpty()) {
            return true;
        }
        ends = ends(steps.remove());
        return false;
    }

    /** Which part of what the first step's topics held is worked off. */
    double fraction() {
        long all = firstEnds.values().stream().mapToLong(Long::longValue).sum();
        long done = firstEnds.entrySet().stream()
                .mapToLong(end -> Math.min(end.getValue(), committedBefore.getOrDefault(end.getKey(), 0L)))
                .sum();
        return all == 0 ? 1 : (double) done / all;
    }

    /** Whether a record is left before the end, or that cannot be said yet. */
    private boolean holdsMore(TopicPartition partition, Map<TopicPartition, Long> committed) {
        long end = requireNonNull(ends.get(partition));
        consumer.assign(List.of(partition));
        if (committed.containsKey(partition)) {
            consumer.seek(partition, requireNonNull(committed.get(partition)));
        } else {
            consumer.seekToBeginning(List.of(partition));
        }
        long deadline = System.nanoTime() + LOOK.toNanos();
        while (System.nanoTime() - deadline < 0) {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : polled) {
                return record.offset() < end;
            }
            if (consumer.position(partition) >= end) {
                return false;
            }
        }
        return true;
    }

    /** Where topics end, what open transactions have written included. */
    private Map<TopicPartition, Long> ends(Collection<String> topics) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicDescription topic : describe(topics)) {
            topic.partitions()
                    .forEach(
                            info -> asked.put(new TopicPartition(topic.name(), info.partition()), OffsetSpec.latest()));
        }
        Map<TopicPartition, Long> found = new HashMap<>();
        try {
            Map<TopicPartition, ListOffsetsResultInfo> all =
                    admin.listOffsets(asked).all().get();
            all.forEach((partition, info) -> found.put(partition, info.offset()));
            return found;
        } catch (ExecutionException e) {
            throw failed("the ends of " + topics, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Collection<TopicDescription> describe(Collection<String> topics) {
        try {
            return admin.describeTopics(new HashSet<>(topics))
                    .allTopicNames()
                    .get()
                    .values();
        } catch (ExecutionException e) {
            throw failed("the partitions of " + topics, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Map<TopicPartition, Long> committed() {
        try {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(application)
                    .partitionsToOffsetAndMetadata()
                    .get();
            Map<TopicPartition, Long> committed = new HashMap<>();
            offsets.forEach((partition, offset) -> {
                if (offset != null) {
                    committed.put(partition, offset.offset());
                }
            });
            return committed;
        } catch (ExecutionException e) {
            throw failed("the offsets of " + application, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static KafkaException failed(String what, ExecutionException error) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        return new KafkaException(what + " cannot be found out: " + cause.getMessage(), cause);
    }

    private static InterruptException interrupted(InterruptedException error) {
        return new InterruptException(error);
    }

    @Override
    public void close() {
        try {
            consumer.close();
        } finally {
            admin.close();
        }
    }
}
