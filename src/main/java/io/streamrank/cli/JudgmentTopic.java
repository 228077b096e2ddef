package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
import io.streamrank.contract.RejectedException;
import io.streamrank.replay.LatestGrades;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the committed judgments that there are by now. No consumer group, nothing left behind. */
final class JudgmentTopic {
    private static final Duration POLL = Duration.ofMillis(250);

    private JudgmentTopic() {}

    /**
     * All judgments of a topic, down to what counts.
     *
     * @throws KafkaException if a record is no judgment, naming where it stands
     */
    static LatestGrades read(Map<String, Object> clientConfig, String topic) {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        LatestGrades grades = new LatestGrades();
        JudgmentCodec codec = new JudgmentCodec();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < requireNonNull(ends.get(partition)))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < requireNonNull(ends.get(new TopicPartition(topic, record.partition())))) {
                        add(record, codec, grades);
                    }
                }
            }
        }
        return grades;
    }

    private static void add(ConsumerRecord<byte[], byte[]> record, JudgmentCodec codec, LatestGrades grades) {
        try {
            if (record.value() == null) {
                byte[] key = record.key() == null ? new byte[0] : record.key();
                JudgmentKeys.Pair pair = JudgmentKeys.decode(key);
                grades.withdraw(pair.queryId(), pair.candidateId(), Instant.ofEpochMilli(record.timestamp()));
            } else {
                grades.add(codec.decode(record.value()));
            }
        } catch (RejectedException e) {
            throw new KafkaException(
                    record.topic() + "-" + record.partition() + "@" + record.offset() + " holds no judgment: "
                            + e.getMessage(),
                    e);
        }
    }
}
