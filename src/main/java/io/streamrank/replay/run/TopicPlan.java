package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.run.BoundedLog.Entry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Which offsets a replay reads, decided once, when it is begun: what is written later is not in it.
 *
 * @param topic of candidate lists
 * @param ranges what to read of it, by partition
 * @param ranked where the lists' live rankings are; absent where they are not looked for
 */
public record TopicPlan(
        String topic,
        NavigableMap<Integer, OffsetRange> ranges,
        @Nullable Ranked ranked) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public TopicPlan {
        requireNonNull(topic, "topic");
        ranges = new TreeMap<>(ranges);
    }

    /**
     * A topic of rankings.
     *
     * @param partitions how many it has
     * @param ranges what to read of it: of those partitions that hold rankings of the lists
     */
    public record Ranked(String topic, int partitions, NavigableMap<Integer, OffsetRange> ranges) {
        public Ranked {
            requireNonNull(topic, "topic");
            ranges = new TreeMap<>(ranges);
        }
    }

    /**
     * What a range has now.
     *
     * @param only the partitions to read; all where none is named
     * @param rankedTopic where live rankings are; absent where they are not looked for
     */
    public static TopicPlan of(
            TopicReading reading,
            String topic,
            RangeEnd from,
            RangeEnd to,
            Set<Integer> only,
            @Nullable String rankedTopic) {
        try (KafkaConsumer<byte[], byte[]> consumer = reading.bounded().consumer()) {
            NavigableMap<Integer, OffsetRange> ranges =
                    new TopicRanges(consumer, topic, reading.pollTimeout()).resolve(from, to, only);
            return new TopicPlan(
                    topic, ranges, rankedTopic == null ? null : ranked(reading, consumer, topic, ranges, rankedTopic));
        }
    }

    private static Ranked ranked(
            TopicReading reading,
            KafkaConsumer<byte[], byte[]> consumer,
            String topic,
            NavigableMap<Integer, OffsetRange> candidates,
            String rankedTopic) {
        TopicRanges ranked = new TopicRanges(consumer, rankedTopic, reading.pollTimeout());
        int partitions = ranked.partitions();
        Set<Integer> used = candidates.keySet().stream()
                .map(partition -> partition % partitions)
                .collect(Collectors.toSet());
        NavigableMap<Integer, OffsetRange> ranges =
                used.isEmpty() ? new TreeMap<>() : ranked.resolve(RangeEnd.OPEN, RangeEnd.OPEN, used);
        Map<Integer, Instant> since = firstTimes(reading, topic, candidates, partitions);
        ranges.replaceAll((partition, range) -> {
            Instant time = since.get(partition);
            TopicPartition place = new TopicPartition(rankedTopic, partition);
            long from = time == null
                    ? range.to()
                    : requireNonNull(ranked.at(time.minus(reading.lead()), Map.of(place, range.to()))
                            .get(place));
            return new OffsetRange(Math.min(Math.max(from, range.from()), range.to()), range.to());
        });
        return new Ranked(rankedTopic, partitions, ranges);
    }

    /**
     * For each ranked partition, when the first of its lists was written, by the clock of who wrote it. A time that is yet
     * to come tells nothing but that this clock is wrong: then all of the partition is read.
     */
    private static Map<Integer, Instant> firstTimes(
            TopicReading reading, String topic, NavigableMap<Integer, OffsetRange> candidates, int rankedPartitions) {
        Instant now = Instant.now();
        Map<Integer, Instant> times = new TreeMap<>();
        try (BoundedLog log = new BoundedLog(reading.bounded(), topic, candidates)) {
            for (int partition : candidates.keySet()) {
                Entry first = log.peek(partition);
                if (first instanceof Entry.Found found) {
                    Instant told =
                            Instant.ofEpochMilli(Math.max(0, found.record().timestamp()));
                    Instant time = told.isAfter(now) ? Instant.EPOCH.plus(reading.lead()) : told;
                    times.merge(partition % rankedPartitions, time, (a, b) -> a.isBefore(b) ? a : b);
                } else if (first != null) {
                    times.put(partition % rankedPartitions, Instant.EPOCH.plus(reading.lead()));
                }
            }
        }
        return times;
    }

    /** The partitions of the ranked topic in which no live ranking can be found, though lists have theirs there. */
    public List<Integer> withoutRankings() {
        if (ranked == null) {
            return List.of();
        }
        Set<Integer> used = ranges.entrySet().stream()
                .filter(range -> !range.getValue().isEmpty())
                .map(range -> range.getKey() % ranked.partitions())
                .collect(Collectors.toSet());
        return ranked.ranges().entrySet().stream()
                .filter(range ->
                        used.contains(range.getKey()) && range.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** As it is kept in a replay's folder. */
    public ObjectNode json() {
        ObjectNode node = JSON.createObjectNode();
        node.put("topic", topic);
        put(node.putObject("ranges"), ranges);
        if (ranked != null) {
            ObjectNode live = node.putObject("ranked");
            live.put("topic", ranked.topic());
            live.put("partitions", ranked.partitions());
            put(live.putObject("ranges"), ranked.ranges());
        }
        return node;
    }

    private static void put(ObjectNode node, NavigableMap<Integer, OffsetRange> ranges) {
        ranges.forEach((partition, range) -> node.putObject(Integer.toString(partition))
                .put("from", range.from())
                .put("to", range.to()));
    }

    /** Reads {@link #json} again. */
    public static TopicPlan of(JsonNode node) {
        JsonNode ranked = node.get("ranked");
        return new TopicPlan(
                node.path("topic").asText(),
                ranges(node),
                ranked == null
                        ? null
                        : new Ranked(
                                ranked.path("topic").asText(),
                                ranked.path("partitions").asInt(),
                                ranges(ranked)));
    }

    private static NavigableMap<Integer, OffsetRange> ranges(JsonNode node) {
        NavigableMap<Integer, OffsetRange> ranges = new TreeMap<>();
        node.path("ranges")
                .properties()
                .forEach(range -> ranges.put(
                        Integer.parseInt(range.getKey()),
                        new OffsetRange(
                                range.getValue().path("from").asLong(),
                                range.getValue().path("to").asLong())));
        return ranges;
    }
}
