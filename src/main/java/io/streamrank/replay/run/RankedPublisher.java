package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RankingHeaders;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.ListScoring.Result;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes rankings, each once: a portion's are one transaction, which also holds, as an offset of a group of the
 * replay's own, how many lists are published by then. The folder is told afterwards; so a replay that died between the
 * two finds that offset ahead of its folder, scores the portion again and does not publish it again.
 */
public final class RankedPublisher implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final RankedListCodec codec = new RankedListCodec();
    private final Publishing publishing;
    private final List<Reranker> models;
    private final KafkaProducer<byte[], byte[]> producer;
    private final TopicPartition counter;
    private final int partitions;
    private final ConsumerGroupMetadata group;
    private long published;

    /**
     * How rankings are published.
     *
     * @param clientConfig the cluster's address, and what it asks of its clients
     * @param topic where to
     * @param id of the replay: names its transactions and the group
     * @param fromTopic whether lists came from a topic, to whose partitions the rankings' answer
     * @param maxResultBytes a ranking of more bytes is left out and counted
     * @param maxRecordBytes the largest that the producer is to take
     * @param transactionTimeout after which the broker ends what a dead replay left open
     */
    public record Publishing(
            Map<String, Object> clientConfig,
            String topic,
            String id,
            boolean fromTopic,
            int maxResultBytes,
            int maxRecordBytes,
            Duration transactionTimeout) {
        public Publishing {
            clientConfig = Map.copyOf(clientConfig);
        }

        String name() {
            return "streamrank-replay-" + id;
        }
    }

    /**
     * Ends what a predecessor left open, and finds out how far it came.
     *
     * @param lists how many the folder has: at least so many are published
     */
    public RankedPublisher(Publishing publishing, List<Reranker> models, long lists) {
        this.publishing = publishing;
        this.models = List.copyOf(models);
        this.counter = new TopicPartition(publishing.topic(), 0);
        this.producer = producer(publishing);
        try {
            producer.initTransactions();
            partitions = producer.partitionsFor(publishing.topic()).size();
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(publishing)) {
                group = consumer.groupMetadata();
                OffsetAndMetadata offset = consumer.committed(Set.of(counter)).get(counter);
                published = Math.max(lists, offset == null ? 0 : offset.offset());
            }
        } catch (RuntimeException e) {
            producer.close(CLOSE_TIMEOUT);
            throw e;
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(Publishing publishing) {
        Map<String, Object> config = new HashMap<>(publishing.clientConfig());
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, publishing.maxRecordBytes());
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, publishing.name());
        config.put(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                Math.toIntExact(publishing.transactionTimeout().toMillis()));
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Of the replay's own group, which nobody joins: it holds an offset and nothing else. */
    private static KafkaConsumer<byte[], byte[]> consumer(Publishing publishing) {
        Map<String, Object> config = new HashMap<>(publishing.clientConfig());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, publishing.name());
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // Offsets of a transaction that is still being ended are waited for.
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Publishes what each model made of the scored lists of a portion, list after list, unless that is done.
     *
     * @param scored which of the portion's lists
     * @param byModel what each model made of the portion
     * @param listsAfter how many lists are done with this portion
     * @return rankings too large to be published
     */
    int publish(Chunk chunk, List<Integer> scored, List<ListScoring.Results> byModel, long listsAfter) {
        int tooLarge = 0;
        boolean isNew = listsAfter > published;
        if (isNew) {
            producer.beginTransaction();
        }
        try {
            for (int index : scored) {
                for (int model = 0; model < models.size(); model++) {
                    CandidateEvent event = chunk.lists().get(index).event();
                    Result.Scored result =
                            (Result.Scored) byModel.get(model).all().get(index);
                    byte[] value = codec.encode(ranking(event, models.get(model), result));
                    if (value.length > publishing.maxResultBytes()) {
                        tooLarge++;
                    } else if (isNew) {
                        var unused = producer.send(record(event, models.get(model), value));
                    }
                }
            }
            if (isNew) {
                producer.sendOffsetsToTransaction(Map.of(counter, new OffsetAndMetadata(listsAfter)), group);
                producer.commitTransaction();
                published = listsAfter;
            }
            return tooLarge;
        } catch (KafkaException e) {
            throw new KafkaException(
                    "rankings cannot be published to " + publishing.topic() + ": " + e.getMessage()
                            + "; the same command goes on with them",
                    e);
        }
    }

    private static Ranking ranking(CandidateEvent event, Reranker model, Result.Scored result) {
        RerankRequest request = event.request();
        return new Ranking(
                request.requestId(),
                request.query().id(),
                Ranking.Outcome.RANKED,
                model.model(),
                model.device(),
                model.dtype(),
                result.ranked(),
                event.source(),
                result.timings(),
                request.attributes());
    }

    private ProducerRecord<byte[], byte[]> record(CandidateEvent event, Reranker model, byte[] value) {
        SourcePosition source = event.source();
        RecordHeaders headers = new RecordHeaders();
        put(headers, "ce_specversion", "1.0");
        put(
                headers,
                "ce_id",
                source.topic() + "-" + source.partition() + "-" + source.offset() + "-"
                        + model.model().id());
        put(headers, "ce_source", "streamrank/replay/" + publishing.id());
        put(headers, "ce_type", "io.streamrank.ranked.v1");
        put(headers, "content-type", "application/avro");
        Long timestamp = event.timestamp();
        if (timestamp != null) {
            put(
                    headers,
                    RankingHeaders.LIST_TIME,
                    Instant.ofEpochMilli(timestamp).toString());
        }
        int size = event.request().candidates().size();
        put(headers, RankingHeaders.LIST_SIZE, Integer.toString(size));
        Integer partition = publishing.fromTopic() ? source.partition() % partitions : null;
        return new ProducerRecord<>(publishing.topic(), partition, key(event), value, headers);
    }

    /** As it came; of a file as {@code send} would give it. */
    private byte @Nullable [] key(CandidateEvent event) {
        if (publishing.fromTopic()) {
            return event.key().orElse(null);
        }
        String queryId = event.request().query().id();
        return (queryId == null ? event.request().requestId() : queryId).getBytes(UTF_8);
    }

    private static void put(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(UTF_8));
    }

    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }
}
