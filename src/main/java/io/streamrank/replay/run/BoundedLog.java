package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The committed records of some partitions of a topic between fixed offsets, each partition by itself. Belongs to no
 * group and leaves nothing behind. What is read ahead of its turn is bounded: a partition that has its share of it waits.
 * For one thread.
 */
final class BoundedLog implements AutoCloseable {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int POLL_RECORDS_MAX = 500;

    private final String topic;
    private final Reading reading;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final NavigableMap<Integer, Part> parts = new TreeMap<>();
    private final long partBytes;

    /**
     * How records are read.
     *
     * @param clientConfig the cluster's address, and what it asks of its clients
     * @param aheadBytes how many bytes of records may be read before their turn, about, in all partitions
     * @param recordBytes how large one may be
     * @param patience how long a partition that has more may give nothing
     */
    record Reading(Map<String, Object> clientConfig, long aheadBytes, int recordBytes, Duration patience) {
        Reading {
            clientConfig = Map.copyOf(clientConfig);
        }

        KafkaConsumer<byte[], byte[]> consumer() {
            Map<String, Object> config = new HashMap<>(clientConfig);
            config.remove(ConsumerConfig.GROUP_ID_CONFIG);
            config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
            config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
            config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
            config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
            // The consumer keeps what it has fetched, so a small poll is a cheap one.
            long most = Math.max(1, Math.min(POLL_RECORDS_MAX, aheadBytes / recordBytes));
            config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, (int) most);
            return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
    }

    /** What stands next in a partition. */
    sealed interface Entry {
        /** A record. */
        record Found(ConsumerRecord<byte[], byte[]> record) implements Entry {}

        /** Offsets that were to be read and are no longer there. */
        record Gone(int partition, OffsetRange offsets) implements Entry {}
    }

    /** A partition, and what was read of it before its turn. */
    private static final class Part {
        private final TopicPartition partition;
        private final OffsetRange range;
        private final Deque<Entry> entries = new ArrayDeque<>();
        private long bytes;
        private boolean atEnd;
        private boolean paused;

        Part(TopicPartition partition, OffsetRange range) {
            this.partition = partition;
            this.range = range;
            this.atEnd = range.isEmpty();
        }
    }

    /** @param ranges what to read of which partition */
    BoundedLog(Reading reading, String topic, Map<Integer, OffsetRange> ranges) {
        this.topic = topic;
        this.reading = reading;
        ranges.forEach(
                (partition, range) -> parts.put(partition, new Part(new TopicPartition(topic, partition), range)));
        partBytes = Math.max(1, reading.aheadBytes() / Math.max(1, parts.size()));
        consumer = reading.consumer();
        try {
            List<Part> toRead =
                    parts.values().stream().filter(part -> !part.atEnd).toList();
            consumer.assign(toRead.stream().map(part -> part.partition).toList());
            toRead.forEach(part -> consumer.seek(part.partition, part.range.from()));
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    NavigableSet<Integer> partitions() {
        return parts.navigableKeySet();
    }

    /**
     * What stands next in a partition, waiting for it; null at the end of its range.
     *
     * @throws KafkaException if the partition gives nothing for too long, or is not what it was
     */
    @Nullable Entry peek(int partition) {
        Part part = part(partition);
        long silentSince = System.nanoTime();
        while (part.entries.isEmpty() && !part.atEnd) {
            long position = consumer.position(part.partition);
            if (position >= part.range.to()) {
                part.atEnd = true;
            } else if (poll() || consumer.position(part.partition) > position) {
                silentSince = System.nanoTime();
            } else if (System.nanoTime() - silentSince > reading.patience().toNanos()) {
                throw new KafkaException(part.partition + " has given nothing from offset " + position + " on for "
                        + reading.patience().toSeconds() + " s, though its range ends at " + part.range.to()
                        + ": is the broker there? (streamrank.replay.poll-timeout)");
            }
        }
        return part.entries.peek();
    }

    /** Takes what {@link #peek} has given. */
    void remove(int partition) {
        Part part = part(partition);
        part.bytes -= bytes(part.entries.remove());
        if (part.paused && part.bytes < partBytes / 2) {
            consumer.resume(List.of(part.partition));
            part.paused = false;
        }
    }

    /** The offset before which all has been taken. */
    long next(int partition) {
        Part part = part(partition);
        Entry first = part.entries.peek();
        if (first instanceof Entry.Found found) {
            return found.record().offset();
        }
        if (first instanceof Entry.Gone gone) {
            return gone.offsets().from();
        }
        return part.atEnd ? part.range.to() : consumer.position(part.partition);
    }

    private boolean poll() {
        List<ConsumerRecord<byte[], byte[]>> polled = new ArrayList<>();
        try {
            consumer.poll(POLL).forEach(polled::add);
        } catch (OffsetOutOfRangeException e) {
            e.offsetOutOfRangePartitions().forEach((partition, offset) -> skip(part(partition.partition()), offset));
            return true;
        }
        polled.forEach(this::add);
        return !polled.isEmpty();
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        Part part = part(record.partition());
        if (record.offset() >= part.range.to()) {
            part.atEnd = true;
        } else {
            Entry entry = new Entry.Found(record);
            part.entries.add(entry);
            part.bytes += bytes(entry);
        }
        if (!part.paused && (part.atEnd || part.bytes >= partBytes)) {
            consumer.pause(List.of(part.partition));
            part.paused = true;
        }
    }

    /** Goes on where there is something again. */
    private void skip(Part part, long offset) {
        long begin = requireNonNull(
                consumer.beginningOffsets(List.of(part.partition)).get(part.partition));
        if (begin <= offset) {
            throw new KafkaException(part.partition + " does not reach offset " + offset
                    + ", where this was to read on: it is not the topic that it was");
        }
        long next = Math.min(begin, part.range.to());
        part.entries.add(new Entry.Gone(part.partition.partition(), new OffsetRange(offset, next)));
        consumer.seek(part.partition, next);
    }

    private Part part(int partition) {
        return requireNonNull(parts.get(partition), () -> topic + " is not read in partition " + partition);
    }

    private static long bytes(Entry entry) {
        return entry instanceof Entry.Found found
                ? Math.max(0, found.record().serializedValueSize())
                        + Math.max(0, found.record().serializedKeySize())
                        + 1L
                : 1;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
