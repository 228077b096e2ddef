package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.Query;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.model.Reranker;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.TestingReranker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A topic with dead letters of three kinds, seen through the commands. */
@Timeout(180)
class DlqIT {
    private static final int PARTITIONS = 2;
    private static final CandidateListCodec CODEC = new CandidateListCodec();

    private static EmbeddedBroker broker;
    private static StreamrankConfig config;
    private static byte[] forAnother;

    @BeforeAll
    static void makeDeadLetters(@TempDir Path directory) throws Exception {
        broker = EmbeddedBroker.start(BrokerSettings.in(directory));
        config = StreamrankConfigTest.config(Map.of("streamrank.kafka.bootstrap-servers", broker.bootstrapServers()));
        Map<String, Integer> topics = new HashMap<>();
        new WorkerAssembly(config).topics().all().forEach(topic -> topics.put(topic, PARTITIONS));
        broker.createTopics(topics);
        forAnother = request("another");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            send(producer, 0, "not Avro".getBytes(UTF_8));
            send(producer, 1, forAnother);
            send(producer, 1, Arrays.copyOf(forAnother, forAnother.length - 1));
            send(producer, 1, forAnother);
        }
        try (DemoWorker worker = worker(new TestingReranker("first"))) {
            Eventually.await("all are dead letters", () -> worker.tally().deadLetters() == 4);
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void listsThemAndWhy() throws Exception {
        assertThat(CommandAnswer.to(new DlqListCommand(config), "--json").json())
                .extracting(letter -> letter.get("partition") + " "
                        + letter.get("reason").asText() + " " + letter.at("/source/offset"))
                .startsWith("0 unknown_format 0", "1 unknown_model 0", "1 undecodable 1", "1 unknown_model 2");
        assertThat(CommandAnswer.to(new DlqListCommand(config), "--reason", "unknown-model,unknown_format")
                        .out())
                .contains("rerank.candidates-1@2", "asks for model 'another'")
                .doesNotContain("undecodable");
    }

    @Test
    void listsWhatTheFilterSays() throws Exception {
        assertThat(CommandAnswer.to(new DlqListCommand(config), "--json", "--partition", "0")
                        .json())
                .hasSize(1);
        assertThat(CommandAnswer.to(new DlqListCommand(config), "--json", "--max", "2")
                        .json())
                .hasSize(2);
        assertThat(CommandAnswer.to(new DlqListCommand(config), "--json", "--since", "1h")
                        .json())
                .hasSizeGreaterThanOrEqualTo(4);
        assertThat(CommandAnswer.to(new DlqListCommand(config), "--until", "1h").out())
                .isEqualToIgnoringNewLines("No dead letters");
        List<JsonNode> letters = CommandAnswer.to(new DlqListCommand(config), "--json", "--partition", "1")
                .json();
        assertThat(CommandAnswer.to(
                                new DlqListCommand(config),
                                "--json",
                                "--partition",
                                "1",
                                "--from",
                                "1:" + offset(letters, 1))
                        .json())
                .isEqualTo(letters.subList(1, letters.size()));
    }

    @Test
    void showsOneAndItsTextsOnlyWhereAskedTo() throws Exception {
        List<JsonNode> letters = CommandAnswer.to(new DlqListCommand(config), "--json", "--reason", "unknown_model")
                .json();
        String position = "1:" + offset(letters, 0);

        CommandAnswer shown = CommandAnswer.to(new DlqShowCommand(config), position, "--json");
        CommandAnswer whole = CommandAnswer.to(new DlqShowCommand(config), position, "--json", "--payload");

        assertThat(shown.out()).doesNotContain("a secret");
        JsonNode letter = shown.json().get(0);
        assertThat(letter.at("/event/model").asText()).isEqualTo("another");
        assertThat(letter.at("/event/candidates/0/id").asText()).isEqualTo("d0");
        assertThat(letter.at("/event/candidates/0/textChars").asInt()).isEqualTo("a secret 1".length());
        assertThat(letter.at("/headers/caller").asText()).isEqualTo("me");
        assertThat(whole.json().get(0).at("/event/candidates/0/text").asText()).isEqualTo("a secret 1");
        assertThat(whole.json().get(0).get("valueBase64").binaryValue()).isEqualTo(forAnother);
    }

    @Test
    void saysWhereThereIsNone() {
        assertThat(CommandAnswer.to(new DlqShowCommand(config), "0:999"))
                .matches(answer -> answer.exitCode() == ExitCode.DATA)
                .extracting(CommandAnswer::err)
                .asString()
                .contains("no dead letter stands at 0:999");
        assertThat(CommandAnswer.to(new DlqShowCommand(config), "7:0").err()).contains("has no partition 7");
        assertThat(CommandAnswer.to(new DlqShowCommand(config), "there").exitCode())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void replaysThemOnceTheyCanBeRanked() throws Exception {
        assertThat(CommandAnswer.to(new DlqReplayCommand(config)).exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandAnswer.to(new DlqReplayCommand(config), "--all", "--dry-run")
                        .out())
                .contains("Would replay 4 events");

        CommandAnswer replay = CommandAnswer.to(new DlqReplayCommand(config), "--reason", "unknown_model");

        assertThat(replay.out()).contains("Replayed 2 events to rerank.candidates; go on with --from 1:");
        try (DemoWorker worker = worker(new TestingReranker("first"), new TestingReranker("another"))) {
            Eventually.await("both are ranked", () -> worker.tally().pairs() == 4);
        }
        try (CommittedReader<Ranking> ranked = CommittedReader.rankings(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                config.topics().ranked(),
                true,
                Framing.SINGLE_OBJECT)) {
            List<Ranking> rankings = new ArrayList<>();
            while (rankings.size() < 2) {
                rankings.addAll(ranked.poll(Duration.ofMillis(100)));
            }
            assertThat(rankings).allSatisfy(ranking -> {
                assertThat(ranking.model().id()).isEqualTo("another");
                assertThat(ranking.source().partition()).isEqualTo(1);
            });
        }
        String from =
                replay.out().substring(replay.out().indexOf("--from ")).strip().split(" ", -1)[1];
        assertThat(CommandAnswer.to(
                                new DlqReplayCommand(config),
                                "--reason",
                                "unknown_model",
                                "--partition",
                                "1",
                                "--from",
                                from)
                        .out())
                .contains("Replayed 0 events");
    }

    private static long offset(List<JsonNode> letters, int index) {
        return letters.get(index).get("offset").asLong();
    }

    private static DemoWorker worker(Reranker... rerankers) {
        WorkerAssembly assembly = new WorkerAssembly(config);
        IngestSettings settings = assembly.ingestSettings(broker.bootstrapServers(), "worker", false, Map.of());
        return DemoWorker.start(assembly, settings, new Models(List.of(rerankers)));
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, int partition, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(
                        config.topics().candidates(),
                        partition,
                        null,
                        new byte[] {7},
                        value,
                        List.of(new RecordHeader("caller", "me".getBytes(UTF_8)))))
                .get();
    }

    private static byte[] request(String model) {
        return CODEC.encode(new RerankRequest(
                "r",
                new Query(null, "query"),
                List.of(new Candidate("d0", "a secret 1", null), new Candidate("d1", "b 2", null)),
                model,
                null,
                null,
                Map.of()));
    }
}
