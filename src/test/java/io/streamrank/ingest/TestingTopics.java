package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.SourcePosition;
import io.streamrank.embedded.BrokerCluster;
import io.streamrank.embedded.BrokerProcess;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.testing.Answer;
import io.streamrank.testing.CommittedRecords;
import io.streamrank.testing.Eventually;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** One test's own four topics and consumer group on a broker: what is sent to them, and what has come out. */
public final class TestingTopics implements AutoCloseable {
    /** Tests share brokers, but not topics. */
    private static final Set<String> TAKEN = ConcurrentHashMap.newKeySet();

    private final String bootstrapServers;
    private final String name;
    private final Topics topics;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Admin admin;

    private TestingTopics(String bootstrapServers, String name) {
        this.bootstrapServers = bootstrapServers;
        this.name = name;
        this.topics = new Topics(name + ".candidates", name + ".ranked", name + ".batches", name + ".dlq");
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    }

    /** Topics that are not there yet. */
    static TestingTopics named(String name, EmbeddedBroker broker) {
        return new TestingTopics(broker.bootstrapServers(), name);
    }

    static TestingTopics created(String name, EmbeddedBroker broker, int partitions) {
        if (!TAKEN.add(broker.bootstrapServers() + "/" + name)) {
            throw new IllegalArgumentException("another test of this broker has topics named " + name);
        }
        TestingTopics created = named(name, broker);
        broker.createTopics(created.wanted(partitions));
        return created;
    }

    /** On a broker that the test does harm to. */
    public static TestingTopics created(String name, BrokerProcess broker, int partitions) {
        TestingTopics created = new TestingTopics(broker.bootstrapServers(), name);
        broker.createTopics(created.wanted(partitions));
        return created;
    }

    /** On several brokers. */
    static TestingTopics created(String name, BrokerCluster cluster, int partitions) {
        TestingTopics created = new TestingTopics(cluster.bootstrapServers(), name);
        cluster.createTopics(created.wanted(partitions));
        return created;
    }

    private Map<String, Integer> wanted(int partitions) {
        Map<String, Integer> wanted = new HashMap<>();
        topics.all().forEach(topic -> wanted.put(topic, partitions));
        return wanted;
    }

    public Topics topics() {
        return topics;
    }

    public IngestSettings settings(
            String instanceId, GroupProtocol protocol, Limits limits, Map<String, String> properties) {
        return settings(instanceId, protocol, Guarantee.EXACTLY_ONCE, limits, properties);
    }

    IngestSettings settings(
            String instanceId,
            GroupProtocol protocol,
            Guarantee guarantee,
            Limits limits,
            Map<String, String> properties) {
        return new IngestSettings(
                bootstrapServers, name, instanceId, protocol, guarantee, topics, limits, false, 1, properties);
    }

    /** By which a group soon notices that a member has died; KIP-848 takes them from the broker and refuses them here. */
    public static Map<String, String> quickSession(GroupProtocol protocol) {
        return protocol == GroupProtocol.CLASSIC
                ? Map.of("heartbeat.interval.ms", "500", "session.timeout.ms", "10000")
                : Map.of();
    }

    Future<RecordMetadata> send(int partition, byte @Nullable [] key, byte @Nullable [] value, Header... headers) {
        return producer.send(new ProducerRecord<>(topics.candidates(), partition, null, key, value, List.of(headers)));
    }

    /** How far the group is behind the candidates topic's end. */
    public long lag() throws Exception {
        Map<TopicPartition, Long> committed = committed();
        String topic = topics.candidates();
        var description = requireNonNull(
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic));
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        description
                .partitions()
                .forEach(info -> latest.put(new TopicPartition(topic, info.partition()), OffsetSpec.latest()));
        long lag = 0;
        for (var end : admin.listOffsets(latest).all().get().entrySet()) {
            lag += end.getValue().offset() - committed.getOrDefault(end.getKey(), 0L);
        }
        return lag;
    }

    /** The group's committed offset in each partition that has one. */
    Map<TopicPartition, Long> committed() throws Exception {
        Map<TopicPartition, Long> committed = new HashMap<>();
        admin.listConsumerGroupOffsets(name)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) -> committed.put(partition, offset.offset()));
        return committed;
    }

    /** Sets the largest record batch that a topic takes. */
    void limitMessages(String topic, int bytes) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry limit = new ConfigEntry("max.message.bytes", Integer.toString(bytes));
        admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(limit, AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    boolean exist() throws Exception {
        return admin.listTopics().names().get().containsAll(topics.all());
    }

    /** Waits until all that was sent has arrived. */
    void flush() {
        producer.flush();
    }

    void awaitAllAnswered() throws Exception {
        producer.flush();
        Eventually.await("group " + name + " has answered all", () -> lag() == 0);
    }

    List<Ranking> rankings() throws RejectedException {
        RankedListCodec codec = new RankedListCodec();
        List<Ranking> rankings = new ArrayList<>();
        for (var record : read(topics.ranked())) {
            rankings.add(codec.decode(record.value()));
        }
        return rankings;
    }

    List<ConsumerRecord<byte[], byte[]>> deadLetters() {
        return read(topics.deadLetters());
    }

    List<BatchStatistics> statistics() throws RejectedException {
        BatchStatisticsCodec codec = new BatchStatisticsCodec();
        List<BatchStatistics> statistics = new ArrayList<>();
        for (var record : read(topics.batches())) {
            statistics.add(codec.decode(record.value()));
        }
        return statistics;
    }

    /** Every committed record of a topic, each partition's in its order. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        return CommittedRecords.of(bootstrapServers, topic);
    }

    /** Where the event stood that a dead letter holds, as its headers say. */
    public static SourcePosition source(ConsumerRecord<byte[], byte[]> deadLetter) {
        return new SourcePosition(
                header(deadLetter, DeadLetters.ERRORS + "topic"),
                Integer.parseInt(header(deadLetter, DeadLetters.ERRORS + "partition")),
                Long.parseLong(header(deadLetter, DeadLetters.ERRORS + "offset")));
    }

    /** What a dead letter says became of the event. */
    public static Answer answer(ConsumerRecord<byte[], byte[]> deadLetter) {
        return Answer.deadLetter(header(deadLetter, DeadLetters.REASON), deadLetter.value());
    }

    public static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
    }
}
