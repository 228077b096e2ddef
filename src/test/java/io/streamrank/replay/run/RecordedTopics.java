package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.testing.CommittedRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A test's own topics of candidates and of rankings, written record by record. */
final class RecordedTopics implements AutoCloseable {
    private static final CandidateListCodec LISTS = new CandidateListCodec();
    private static final RankedListCodec RANKINGS = new RankedListCodec();

    final String candidates;
    final String ranked;
    final Admin admin;
    private final String bootstrapServers;
    private final Map<String, Object> client;
    private final KafkaProducer<byte[], byte[]> producer;

    RecordedTopics(EmbeddedBroker broker, String name, int partitions, int rankedPartitions) throws Exception {
        candidates = name + ".candidates";
        ranked = name + ".ranked";
        bootstrapServers = broker.bootstrapServers();
        client = Map.of("bootstrap.servers", bootstrapServers);
        admin = Admin.create(client);
        create(candidates, partitions);
        create(ranked, rankedPartitions);
        producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Records are as old as the test says, and stay nevertheless. */
    void create(String topic, int partitions) throws Exception {
        create(topic, partitions, Map.of());
    }

    void create(String topic, int partitions, Map<String, String> config) throws Exception {
        Map<String, String> all = new HashMap<>(config);
        all.put("retention.ms", "-1");
        NewTopic wanted = new NewTopic(topic, partitions, (short) 1).configs(all);
        admin.createTopics(List.of(wanted)).all().get();
    }

    Map<String, Object> client() {
        return client;
    }

    /** Begins transactions of its own. */
    KafkaProducer<byte[], byte[]> transactional(String id) {
        KafkaProducer<byte[], byte[]> transactional = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "transactional.id", id),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        transactional.initTransactions();
        return transactional;
    }

    static RerankRequest request(String id) {
        return new RerankRequest(
                id,
                new Query("q-" + id, "query " + id),
                List.of(new Candidate("a", "a 1", 2.0), new Candidate("b", "b 2", 1.0)),
                null,
                null,
                null,
                Map.of());
    }

    ProducerRecord<byte[], byte[]> list(int partition, long timestamp, String id) {
        return new ProducerRecord<>(candidates, partition, timestamp, id.getBytes(UTF_8), LISTS.encode(request(id)));
    }

    void sendList(int partition, long timestamp, String id) throws Exception {
        producer.send(list(partition, timestamp, id)).get();
    }

    void sendBytes(int partition, long timestamp, byte @Nullable [] value) throws Exception {
        producer.send(new ProducerRecord<>(candidates, partition, timestamp, null, value))
                .get();
    }

    /** A ranking of what stands there, by a model of this name; of none an answer that the time was over. */
    void sendRanking(int partition, long offset, @Nullable String model) throws Exception {
        sendRankingOf(new SourcePosition(candidates, partition, offset), model);
    }

    void sendRankingOf(SourcePosition source, @Nullable String model) throws Exception {
        Ranking ranking = new Ranking(
                "r",
                null,
                model == null ? Ranking.Outcome.EXPIRED : Ranking.Outcome.RANKED,
                new ModelRef(model == null ? "m" : model, "0123456789ab", "testing"),
                "cpu",
                "float32",
                model == null ? List.of() : List.of(new RankedCandidate("b", 2, 1, 2, false)),
                source,
                Timings.NONE,
                Map.of());
        int partitions = producer.partitionsFor(ranked).size();
        producer.send(new ProducerRecord<>(
                        ranked, source.partition() % partitions, 10_000L, null, RANKINGS.encode(ranking)))
                .get();
    }

    void deleteBefore(int partition, long offset) throws Exception {
        admin.deleteRecords(Map.of(new TopicPartition(candidates, partition), RecordsToDelete.beforeOffset(offset)))
                .all()
                .get();
    }

    TopicReading reading() {
        return reading(64 << 20);
    }

    TopicReading reading(long windowBytes) {
        // A fetch that waits at a topic's end holds up the reader's own end.
        return new TopicReading(
                Map.of("bootstrap.servers", bootstrapServers, "fetch.max.wait.ms", "10"),
                new RequestBounds(1 << 20, 100),
                64 << 20,
                windowBytes,
                Duration.ofMinutes(10),
                Duration.ofSeconds(60),
                Framing.SINGLE_OBJECT);
    }

    /** Everything up to now, with live rankings. */
    TopicPlan everything() {
        return TopicPlan.of(reading(), candidates, RangeEnd.OPEN, RangeEnd.OPEN, Set.of(), ranked);
    }

    /** All rankings in a topic, partition after partition. */
    List<Ranking> rankings(String topic) throws RejectedException {
        List<Ranking> rankings = new ArrayList<>();
        for (var record : CommittedRecords.of(bootstrapServers, topic)) {
            rankings.add(RANKINGS.decode(record.value()));
        }
        return rankings;
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
    }
}
