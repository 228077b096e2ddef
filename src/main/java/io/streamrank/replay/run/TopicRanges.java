package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Says which offsets a range of a topic has now: what is committed later is not in it. */
final class TopicRanges {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final Duration timeout;

    TopicRanges(KafkaConsumer<byte[], byte[]> consumer, String topic, Duration timeout) {
        this.consumer = consumer;
        this.topic = topic;
        this.timeout = timeout;
    }

    /** How many partitions the topic has. */
    int partitions() {
        return infos().size();
    }

    /**
     * What lies between both ends, in each partition.
     *
     * @param only the partitions to read; all where none is named
     * @throws IllegalArgumentException if a partition is named that the topic has not
     */
    NavigableMap<Integer, OffsetRange> resolve(RangeEnd from, RangeEnd to, Set<Integer> only) {
        Set<Integer> present = infos().stream().map(PartitionInfo::partition).collect(Collectors.toSet());
        requireKnown(only, present);
        requireKnown(named(from), present);
        requireKnown(named(to), present);
        List<TopicPartition> partitions = (only.isEmpty() ? present : only)
                .stream().map(partition -> new TopicPartition(topic, partition)).toList();
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, timeout);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, timeout);
        Map<TopicPartition, Long> froms = offsets(from, begins, ends);
        Map<TopicPartition, Long> tos = offsets(to, ends, ends);
        NavigableMap<Integer, OffsetRange> ranges = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            long begin = requireNonNull(begins.get(partition));
            long end = Math.max(begin, requireNonNull(ends.get(partition)));
            long first = Math.min(end, Math.max(begin, requireNonNull(froms.get(partition))));
            long last = Math.min(end, requireNonNull(tos.get(partition)));
            ranges.put(partition.partition(), new OffsetRange(first, Math.max(first, last)));
        }
        return ranges;
    }

    private static Set<Integer> named(RangeEnd end) {
        return end instanceof RangeEnd.Offsets offsets ? offsets.byPartition().keySet() : Set.of();
    }

    private void requireKnown(Set<Integer> named, Set<Integer> present) {
        TreeSet<Integer> unknown = new TreeSet<>(named);
        unknown.removeAll(present);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    topic + " has no partition " + unknown.first() + ", only 0 to " + (present.size() - 1));
        }
    }

    /** The offset that each partition has for an end, or what it has where the end does not say. */
    private Map<TopicPartition, Long> offsets(
            RangeEnd end, Map<TopicPartition, Long> otherwise, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> offsets = new HashMap<>(otherwise);
        if (end instanceof RangeEnd.Offsets named) {
            offsets.replaceAll((partition, offset) -> named.byPartition().getOrDefault(partition.partition(), offset));
        } else if (end instanceof RangeEnd.Time since) {
            offsets.putAll(at(since.time(), ends));
        }
        return offsets;
    }

    /** The first record of this time or later in each of some partitions; where there is none, the end. */
    Map<TopicPartition, Long> at(Instant time, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> millis =
                ends.keySet().stream().collect(Collectors.toMap(any -> any, any -> Math.max(0, time.toEpochMilli())));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(millis, timeout);
        Map<TopicPartition, Long> offsets = new HashMap<>(ends);
        found.forEach((partition, first) -> {
            if (first != null) {
                offsets.put(partition, first.offset());
            }
        });
        return offsets;
    }

    private List<PartitionInfo> infos() {
        return consumer.partitionsFor(topic, timeout);
    }
}
