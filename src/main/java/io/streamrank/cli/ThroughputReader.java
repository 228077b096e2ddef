package io.streamrank.cli;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads windows as they are committed: every partition, no consumer group, nothing left behind. */
final class ThroughputReader implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ThroughputCodec codec = new ThroughputCodec();
    private final Map<TopicPartition, Long> ends;

    /** @param since from what was added up from then on */
    ThroughputReader(Map<String, Object> clientConfig, String topic, Instant since) {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            ends = seek(topic, since);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private Map<TopicPartition, Long> seek(String topic, Instant since) {
        Map<TopicPartition, Long> times = new HashMap<>();
        consumer.partitionsFor(topic)
                .forEach(info -> times.put(new TopicPartition(topic, info.partition()), since.toEpochMilli()));
        consumer.assign(times.keySet());
        consumer.offsetsForTimes(times).forEach((partition, found) -> {
            if (found == null) {
                consumer.seekToEnd(List.of(partition));
                consumer.position(partition);
            } else {
                consumer.seek(partition, found.offset());
            }
        });
        return consumer.endOffsets(times.keySet());
    }

    /** Whether all has been read that was committed when the reader was made. */
    boolean hasCaughtUp() {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /**
     * What was committed since, waiting for something if there is nothing.
     *
     * @throws KafkaException if a record in the topic is no window, naming where it stands
     */
    List<Throughput> poll(Duration patience) {
        List<Throughput> windows = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
            try {
                windows.add(codec.decode(record.value()));
            } catch (RejectedException e) {
                throw new KafkaException(
                        record.topic() + "-" + record.partition() + "@" + record.offset() + " holds no throughput: "
                                + e.getMessage(),
                        e);
            }
        }
        return windows;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
