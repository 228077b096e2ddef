package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.EventKind;
import io.streamrank.contract.Framing;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.WorkerThread;
import io.streamrank.testing.ApicurioProcess;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.TestingReranker;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With Apicurio's own server: schemas are registered, events framed by its ids are ranked, and it may go away. */
@Timeout(420)
class SchemaRegistryIT {
    private static final int UNKNOWN_ID = 4_711;

    @Test
    void eventsFramedByApicuriosIdsAreRankedAndGoOnWithoutIt(@TempDir Path folder) throws Throwable {
        try (ApicurioProcess registry = ApicurioProcess.start(folder);
                EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(folder.resolve("broker")))) {
            StreamrankConfig config = StreamrankConfigTest.config(Map.of(
                    "streamrank.kafka.bootstrap-servers",
                    broker.bootstrapServers(),
                    "streamrank.registry.url",
                    registry.url(),
                    "streamrank.registry.write",
                    "registry",
                    "streamrank.registry.unknown-for",
                    "1h"));
            assertThat(CommandAnswer.to(new SchemasCheckCommand(config)).exitCode())
                    .isEqualTo(ExitCode.CONDITION);
            CommandAnswer registered = CommandAnswer.to(new SchemasRegisterCommand(config));
            assertThat(registered.exitCode())
                    .as(registered.out() + registered.err())
                    .isEqualTo(ExitCode.OK);
            CommandAnswer checked = CommandAnswer.to(new SchemasCheckCommand(config));
            assertThat(checked.exitCode()).as(checked.out() + checked.err()).isEqualTo(ExitCode.OK);
            rank(config, broker, registry);
        }
    }

    private static void rank(StreamrankConfig config, EmbeddedBroker broker, ApicurioProcess registry)
            throws Throwable {
        IngestSettings settings =
                new WorkerAssembly(config).ingestSettings(broker.bootstrapServers(), "w", true, Map.of());
        Map<String, Integer> topics = new HashMap<>();
        settings.topics().all().forEach(topic -> topics.put(topic, 1));
        broker.createTopics(topics);
        try (EventFraming framing = EventFraming.of(config);
                KafkaProducer<byte[], byte[]> producer = producer(broker)) {
            Framing framed = framing.polling(EventKind.CANDIDATE_LIST, EventKind.RANKED_LIST);
            int id = requireNonNull(framed.writtenIds().get(EventKind.CANDIDATE_LIST));
            // The id that Apicurio's own clients write, in its own API.
            assertThat(registry.get("/apis/registry/v3/ids/contentIds/" + id).body())
                    .contains("CandidateList");
            String topic = settings.topics().candidates();
            CandidateListCodec codec = new CandidateListCodec(framed);
            try (WorkerThread worker =
                    WorkerThread.start(settings, framed, PipelineObserver.NONE, new TestingReranker("test"))) {
                send(producer, topic, codec.encode(request("registered")));
                send(producer, topic, new CandidateListCodec().encode(request("fingerprinted")));
                send(producer, topic, withId(codec.encode(request("unknown")), UNKNOWN_ID));
                send(producer, topic, withId(codec.encode(request("zero")), 0));
                assertThat(rankings(broker, settings, framing, 2)).containsExactly("registered", "fingerprinted");
                assertThat(deadLetters(broker, settings, 2))
                        .allMatch(reason -> reason.contains("is not known to the registry at " + registry.url()));

                registry.close();
                send(producer, topic, codec.encode(request("without")));
                send(producer, topic, withId(codec.encode(request("again")), UNKNOWN_ID));
                assertThat(rankings(broker, settings, framing, 3)).endsWith("without");
                assertThat(deadLetters(broker, settings, 3)).hasSize(3);
                worker.stopAndAwaitEnd();
            }
        }
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(topic, value)).get();
    }

    private static RerankRequest request(String id) {
        List<Candidate> candidates = List.of(new Candidate("a", "one 1", null), new Candidate("b", "two 2", null));
        return new RerankRequest(id, new Query(null, "query"), candidates, null, null, null, Map.of());
    }

    private static byte[] withId(byte[] value, int id) {
        ByteBuffer.wrap(value).putInt(1, id);
        return value;
    }

    /** What has been ranked, each framed by an id. */
    private static List<String> rankings(
            EmbeddedBroker broker, IngestSettings settings, EventFraming framing, int count) throws Exception {
        RankedListCodec codec = new RankedListCodec(framing.waiting(EventKind.RANKED_LIST));
        List<String> ranked = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record :
                read(broker, settings.topics().ranked(), count)) {
            assertThat(record.value()[0]).isZero();
            ranked.add(codec.decode(record.value()).requestId());
        }
        return ranked;
    }

    private static List<String> deadLetters(EmbeddedBroker broker, IngestSettings settings, int count)
            throws Exception {
        return read(broker, settings.topics().deadLetters(), count).stream()
                .map(record -> record.headers().lastHeader("__connect.errors.exception.message"))
                .map(header -> new String(header.value(), UTF_8))
                .toList();
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(EmbeddedBroker broker, String topic, int count)
            throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            Eventually.await(count + " records in " + topic, Duration.ofMinutes(2), () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return records.size() >= count;
            });
        }
        return records;
    }

    private static KafkaProducer<byte[], byte[]> producer(EmbeddedBroker broker) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }
}
