package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the last record of each key of an application, from topics that it has written. */
final class MeasureReader {
    private static final Duration POLL = Duration.ofMillis(250);

    private final StreamSettings settings;
    private final MeasureRecords records;

    MeasureReader(StreamSettings settings, MeasureRecords records) {
        this.settings = settings;
        this.records = records;
    }

    /** Each query that is judged. */
    Collection<MeasuredQuery> queries(String topic, int most) throws IOException {
        List<MeasuredQuery> queries = new ArrayList<>();
        for (byte[] value : last(topic, most).values()) {
            MeasuredQuery query = records.query(value);
            if (query.judged()) {
                queries.add(query);
            }
        }
        return queries;
    }

    /** What everything sums up to. */
    MeasuredTotals totals(String topic) throws IOException {
        MeasuredTotals.Sum sum = new MeasuredTotals.Sum();
        for (Map.Entry<JsonNode, byte[]> record : last(topic, Integer.MAX_VALUE).entrySet()) {
            records.addTotal(record.getKey(), record.getValue(), sum);
        }
        return sum.total();
    }

    private Map<JsonNode, byte[]> last(String topic, int most) {
        Map<JsonNode, byte[]> last = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                settings.clientConfig(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = ends(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long heard = System.nanoTime();
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < requireNonNull(ends.get(partition)))) {
                long before = positions(consumer);
                consumer.poll(POLL).forEach(record -> take(record, last));
                if (last.size() > most) {
                    throw new IllegalStateException(topic + " tells of more than " + most
                            + " queries, which a report would hold in memory (streamrank.report.max-lists). Raise that,"
                            + " or leave --output out: the means are in the topic of totals");
                }
                if (positions(consumer) > before) {
                    heard = System.nanoTime();
                } else if (System.nanoTime() - heard > settings.pollTimeout().toNanos()) {
                    throw new KafkaException(topic + " has given nothing for "
                            + settings.pollTimeout().toSeconds()
                            + " s, though it has more (streamrank.replay.poll-timeout)");
                }
            }
        }
        return last;
    }

    private static long positions(KafkaConsumer<byte[], byte[]> consumer) {
        return consumer.assignment().stream().mapToLong(consumer::position).sum();
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Map<JsonNode, byte[]> last) {
        records.own(record.key()).ifPresent(key -> {
            if (record.value() == null) {
                last.remove(key);
            } else {
                last.put(key, record.value());
            }
        });
    }

    /** Beyond transactions that are still open: the last ones of this application may be. */
    private Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
        try (Admin admin = Admin.create(settings.clientConfig())) {
            Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(Set.copyOf(partitions).stream()
                            .collect(Collectors.toMap(any -> any, any -> OffsetSpec.latest())))
                    .all()
                    .get();
            Map<TopicPartition, Long> ends = new HashMap<>();
            found.forEach((partition, info) -> ends.put(partition, info.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw new KafkaException("the ends of " + partitions + " cannot be found out", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
