package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RankingHeaders;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.KafkaClients;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.ListScoring.Result;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes rankings, each once: a portion's are one transaction, which also holds, as an offset of a group of the
 * replay's own and its metadata, which portion that was and which of its rankings are published. The folder is told
 * afterwards; so a replay that died between the two finds the portion there, scores it again and publishes what of it is
 * not published yet: nothing, or what a model failed on then.
 */
public final class RankedPublisher implements AutoCloseable {
    /** The most rankings of a portion: which are published has to fit into the 4 KiB that brokers take beside an offset. */
    public static final int PORTION_RANKINGS_MAX = 20_000;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final RankedListCodec codec = new RankedListCodec();
    private final Publishing publishing;
    private final List<Reranker> models;
    private final KafkaProducer<byte[], byte[]> producer;
    private final TopicPartition counter;
    private final int partitions;
    private final ConsumerGroupMetadata group;
    private PublishedPortion last;

    /**
     * How rankings are published.
     *
     * @param settings the cluster, and the bounds that a worker's rankings have
     * @param topic where to
     * @param id of the replay: names its transactions and the group
     * @param fromTopic whether lists came from a topic, to whose partitions the rankings' answer
     */
    public record Publishing(IngestSettings settings, String topic, String id, boolean fromTopic) {
        public Publishing {
            requireNonNull(settings, "settings");
            requireNonNull(topic, "topic");
            requireNonNull(id, "id");
        }

        String name() {
            return "streamrank-replay-" + id;
        }
    }

    /**
     * A ranking that is not published.
     *
     * @param reason {@value #OVERSIZE} or {@value #REFUSED}
     */
    record Unpublished(SourcePosition source, String model, String reason, String message) {
        static final String OVERSIZE = "oversize";
        static final String REFUSED = "refused";
    }

    /** Ends what a predecessor left open, and finds out how far it came. */
    public RankedPublisher(Publishing publishing, List<Reranker> models) {
        this.publishing = publishing;
        this.models = List.copyOf(models);
        this.counter = new TopicPartition(publishing.topic(), 0);
        this.producer = KafkaClients.transactionalProducer(publishing.settings(), publishing.name());
        try {
            producer.initTransactions();
            partitions = producer.partitionsFor(publishing.topic()).size();
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(publishing)) {
                group = consumer.groupMetadata();
                last = PublishedPortion.of(consumer.committed(Set.of(counter)).get(counter));
            }
        } catch (RuntimeException e) {
            producer.close(CLOSE_TIMEOUT);
            throw e;
        }
    }

    /** Of the replay's own group, which nobody joins: it holds an offset and nothing else. */
    private static KafkaConsumer<byte[], byte[]> consumer(Publishing publishing) {
        Map<String, Object> config = new HashMap<>(publishing.settings().clientProperties());
        config.put(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, publishing.settings().bootstrapServers());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, publishing.name());
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // Offsets of a transaction that is still being ended are waited for.
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Publishes what each model made of the scored lists of a portion, list after list, but for what is published already.
     *
     * @param scored which of the portion's lists
     * @param byModel what each model made of the portion
     * @param number of the portion, counted from 1
     * @return the rankings that cannot be published
     * @throws IOException if another portion was published under this number
     */
    List<Unpublished> publish(Chunk chunk, List<Integer> scored, List<ListScoring.Results> byModel, long number)
            throws IOException {
        if (number < last.number()) {
            return List.of();
        }
        String digest = digest(chunk);
        boolean again = number == last.number();
        if (again && !digest.equals(last.digest())) {
            throw new IOException("what was published to " + publishing.topic() + " as portion " + number
                    + " of the replay is not what the source has there now, so that rankings would be published twice:"
                    + " begin in a new folder, and publish to a new topic");
        }
        Portion portion = new Portion(chunk, scored, byModel, again ? last.rankings() : new BitSet());
        try {
            boolean refused = true;
            while (refused) {
                refused = !portion.isSent(number, digest);
            }
            return List.copyOf(portion.unpublished.values());
        } catch (KafkaException e) {
            throw new KafkaException(
                    "rankings cannot be published to " + publishing.topic() + ": " + e.getMessage()
                            + "; the same command goes on with them",
                    e);
        }
    }

    /** By where its lists stand, scored or not. */
    private static String digest(Chunk chunk) {
        MessageDigest sha = QuerySample.sha256();
        chunk.lists().forEach(list -> sha.update((list.event().source() + "\n").getBytes(UTF_8)));
        return HexFormat.of().formatHex(sha.digest(), 0, Long.BYTES);
    }

    /** A portion on its way. A ranking's number is that of its list in the portion, times the models, plus the model's. */
    private final class Portion {
        private final Chunk chunk;
        private final List<Integer> scored;
        private final List<ListScoring.Results> byModel;
        private final BitSet before;
        private final NavigableMap<Integer, Unpublished> unpublished = new TreeMap<>();

        /** @param before the rankings that are published */
        Portion(Chunk chunk, List<Integer> scored, List<ListScoring.Results> byModel, BitSet before) {
            this.chunk = chunk;
            this.scored = scored;
            this.byModel = byModel;
            this.before = before;
        }

        /** Sends what is to be sent in a transaction; false if the broker refuses one of the rankings, now left out. */
        boolean isSent(long number, String digest) {
            BitSet now = (BitSet) before.clone();
            AtomicReference<@Nullable Integer> refused = new AtomicReference<>();
            boolean begun = false;
            try {
                for (int index : scored) {
                    for (int model = 0; model < models.size(); model++) {
                        int ranking = index * models.size() + model;
                        ProducerRecord<byte[], byte[]> record = now.get(ranking) ? null : record(index, model, ranking);
                        if (record != null) {
                            if (!begun) {
                                producer.beginTransaction();
                                begun = true;
                            }
                            now.set(ranking);
                            send(record, ranking, refused);
                        }
                    }
                }
                if (begun) {
                    producer.flush();
                    PublishedPortion published = new PublishedPortion(number, digest, now);
                    producer.sendOffsetsToTransaction(Map.of(counter, published.offset()), group);
                    producer.commitTransaction();
                    last = published;
                }
                return true;
            } catch (KafkaException e) {
                Integer tooLarge = refused.get();
                if (tooLarge == null) {
                    throw e;
                }
                producer.abortTransaction();
                leaveOut(tooLarge, Unpublished.REFUSED, "the broker takes no record as large");
                return false;
            }
        }

        /** Only the first refusal is one: the producer fails all that it has not sent by then with the same error. */
        private void send(
                ProducerRecord<byte[], byte[]> record, int ranking, AtomicReference<@Nullable Integer> refused) {
            var unused = producer.send(record, (metadata, error) -> {
                if (error instanceof RecordTooLargeException) {
                    refused.compareAndSet(null, ranking);
                }
            });
        }

        /** Null where it cannot be published. */
        private @Nullable ProducerRecord<byte[], byte[]> record(int index, int model, int ranking) {
            if (unpublished.containsKey(ranking)) {
                return null;
            }
            CandidateEvent event = chunk.lists().get(index).event();
            Result.Scored result = (Result.Scored) byModel.get(model).all().get(index);
            byte[] value = codec.encode(ranking(event, models.get(model), result));
            Limits limits = publishing.settings().limits();
            if (limits.oversizeResults() == Limits.OversizeResults.DEAD_LETTER
                    && value.length > limits.maxResultBytes()) {
                leaveOut(
                        ranking,
                        Unpublished.OVERSIZE,
                        value.length + " bytes, more than the " + limits.maxResultBytes()
                                + " of streamrank.limits.max-result-bytes");
                return null;
            }
            return RankedPublisher.this.record(event, models.get(model), value);
        }

        private void leaveOut(int ranking, String reason, String message) {
            unpublished.put(
                    ranking,
                    new Unpublished(
                            chunk.lists().get(ranking / models.size()).event().source(),
                            models.get(ranking % models.size()).model().id(),
                            reason,
                            message));
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
        put(headers, RankingHeaders.MAX_LENGTH, Integer.toString(model.maxLength()));
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
