package io.streamrank.cli;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads events as they are committed: every partition, no consumer group, nothing left behind.
 *
 * @param <E> what the events are
 */
final class CommittedReader<E> implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String kind;
    private final Decoding<E> decoding;
    private final Map<TopicPartition, Long> ends;

    private interface Decoding<E> {
        E decode(byte[] value) throws RejectedException;
    }

    /** Of rankings. */
    static CommittedReader<Ranking> rankings(
            Map<String, Object> clientConfig, String topic, boolean fromBeginning, Framing framing) {
        return new CommittedReader<>(
                clientConfig, topic, first(fromBeginning), "ranking", new RankedListCodec(framing)::decode);
    }

    /** Of statistics of transactions. */
    static CommittedReader<BatchStatistics> statistics(
            Map<String, Object> clientConfig, String topic, boolean fromBeginning, Framing framing) {
        return new CommittedReader<>(
                clientConfig, topic, first(fromBeginning), "statistics", new BatchStatisticsCodec(framing)::decode);
    }

    /** Of windows of throughput. */
    static CommittedReader<Throughput> throughput(Map<String, Object> clientConfig, String topic, Instant since) {
        return new CommittedReader<>(clientConfig, topic, since, "throughput", new ThroughputCodec()::decode);
    }

    private static Instant first(boolean fromBeginning) {
        return fromBeginning ? Instant.EPOCH : Instant.MAX;
    }

    /** @param since the time of the first record read; those to come alone with the end of time */
    private CommittedReader(
            Map<String, Object> clientConfig, String topic, Instant since, String kind, Decoding<E> decoding) {
        this.kind = kind;
        this.decoding = decoding;
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, since.equals(Instant.MAX) ? "latest" : "earliest");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            seek(partitions, since);
            ends = consumer.endOffsets(partitions);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private void seek(List<TopicPartition> partitions, Instant since) {
        if (since.equals(Instant.EPOCH)) {
            consumer.seekToBeginning(partitions);
            return;
        }
        Map<TopicPartition, OffsetAndTimestamp> found = since.equals(Instant.MAX)
                ? Map.of()
                : consumer.offsetsForTimes(
                        partitions.stream().collect(Collectors.toMap(any -> any, any -> since.toEpochMilli())));
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp first = found.get(partition);
            if (first == null) {
                consumer.seekToEnd(List.of(partition));
                consumer.position(partition);
            } else {
                consumer.seek(partition, first.offset());
            }
        }
    }

    /** Whether all has been read that was committed when the reader was made. */
    boolean hasCaughtUp() {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /**
     * What was committed since, waiting for something if there is nothing.
     *
     * @throws KafkaException if a record in the topic is none of these, naming where it stands
     */
    List<E> poll(Duration patience) {
        List<E> events = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
            try {
                events.add(decoding.decode(record.value()));
            } catch (RejectedException e) {
                throw new KafkaException(
                        record.topic() + "-" + record.partition() + "@" + record.offset() + " holds no " + kind + ": "
                                + e.getMessage(),
                        e);
            }
        }
        return events;
    }

    /** Ends a {@link #poll} that waits, from another thread. */
    void wakeUp() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
