package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.DeadLetter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the committed dead letters there are by now, partition after partition, each in its order. No group. */
final class LetterReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(250);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;

    /** What is done with each letter. */
    @FunctionalInterface
    interface Visitor {
        /** Does it, and says whether to go on. */
        boolean visit(DeadLetter letter);
    }

    LetterReader(Map<String, Object> clientConfig, String topic) {
        this(
                new KafkaConsumer<>(config(clientConfig), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                topic);
    }

    LetterReader(Consumer<byte[], byte[]> consumer, String topic) {
        this.consumer = consumer;
        this.topic = topic;
    }

    private static Map<String, Object> config(Map<String, Object> clientConfig) {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // Retention may take what stands at a position between asking for it and reading it.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return config;
    }

    /** Visits the letters that a filter wants; those written meanwhile are not among them. */
    void forEach(LetterFilter filter, Visitor visitor) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .filter(partition -> filter.wants(partition.partition()))
                .sorted(Comparator.comparingInt(TopicPartition::partition))
                .toList();
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        int left = filter.max();
        for (TopicPartition partition : partitions) {
            consumer.assign(List.of(partition));
            seek(partition, filter);
            long end = requireNonNull(ends.get(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    DeadLetter letter = DeadLetter.of(record);
                    if (record.offset() < end && filter.wants(letter)) {
                        if (!visitor.visit(letter) || --left == 0) {
                            return;
                        }
                    }
                }
            }
        }
    }

    private void seek(TopicPartition partition, LetterFilter filter) {
        long begin =
                requireNonNull(consumer.beginningOffsets(List.of(partition)).get(partition));
        long start = Math.max(begin, filter.from(partition.partition()).orElse(0));
        Instant since = filter.since();
        if (since != null) {
            OffsetAndTimestamp first = consumer.offsetsForTimes(Map.of(partition, since.toEpochMilli()))
                    .get(partition);
            long end = requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
            start = Math.max(start, first == null ? end : first.offset());
        }
        consumer.seek(partition, start);
    }

    /**
     * The letter at a position.
     *
     * @throws IOException if none stands there
     */
    DeadLetter at(LetterPosition position) throws IOException {
        TopicPartition partition = new TopicPartition(topic, position.partition());
        if (position.partition() >= consumer.partitionsFor(topic).size()) {
            throw new IOException(topic + " has no partition " + position.partition());
        }
        consumer.assign(List.of(partition));
        long begin =
                requireNonNull(consumer.beginningOffsets(List.of(partition)).get(partition));
        long end = requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
        if (position.offset() >= begin) {
            consumer.seek(partition, position.offset());
            // Markers of transactions take offsets too, and hold no letter.
            while (consumer.position(partition) <= position.offset() && consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() == position.offset()) {
                        return DeadLetter.of(record);
                    }
                }
            }
        }
        throw new IOException("no dead letter stands at " + position + " of " + topic + ", which has offsets " + begin
                + " to " + (end - 1) + "; `streamrank dlq list` shows them");
    }

    @Override
    public void close() {
        consumer.close();
    }
}
