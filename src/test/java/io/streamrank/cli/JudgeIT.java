package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.JudgmentKeys;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.replay.LatestGrades;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.TestingReplay;
import io.streamrank.replay.run.JudgmentTopic;
import io.streamrank.replay.run.TopicReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Judgments sent, corrected, withdrawn, and found by a report. */
@Timeout(600)
class JudgeIT {
    private static EmbeddedBroker broker;

    private final Path folder;

    JudgeIT(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = EmbeddedBroker.start(BrokerSettings.in(directory));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void theLatestJudgmentsAreWhatAReportIsHeldTo() throws Exception {
        // Given
        StreamrankConfig config = config("rerank.judgments");
        assertThat(judge(config, "q1 0 a 1\nq1 0 b 0\nq2 0 a 3\nq2 0 b 1\n", "--create-topics", "--source", "people")
                        .out())
                .startsWith("Sent 4 judgments of 2 queries, to rerank.judgments on ");
        assertThat(judge(config, "q1 0 a 0\nq1 0 b 2\n").exitCode()).isEqualTo(ExitCode.OK);
        assertThat(judge(config, "q1 0 b 0\n", "--time", "2020-01-01T00:00:00Z").exitCode())
                .isEqualTo(ExitCode.OK);
        assertThat(judge(config, "q2 0 b 1\n", "--withdraw").out())
                .startsWith("Withdrew 1 judgments of 1 queries, in ");
        withdraw("q2", "a");

        // When
        LatestGrades grades =
                JudgmentTopic.read(reading(config), "rerank.judgments", 4).grades();
        JsonNode report = report(config);

        // Then
        assertThat(grades.qrels().queries()).containsExactly("q1");
        assertThat(grades.qrels().judgments("q1")).isEqualTo(Map.of("a", 0, "b", 2));
        assertThat(grades.events()).isEqualTo(9);
        assertThat(report.path("judgments").path("source").asText()).isEqualTo("9 events of topic rerank.judgments");
        assertThat(report.path("judgments").path("queries").asInt()).isEqualTo(1);
        assertThat(report.path("contenders")
                        .get(1)
                        .path("measures")
                        .path("ndcg_cut_10")
                        .path("mean")
                        .asDouble())
                .isEqualTo(1);
    }

    @Test
    void recordsThatAreNoJudgmentsAreCountedAndNamed() throws Exception {
        broker.createTopics(Map.of("spoilt", 1));
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>("spoilt", new byte[] {1}, new byte[] {2, 3}))
                    .get();
            producer.send(new ProducerRecord<>("spoilt", new byte[] {1}, null)).get();
        }
        StreamrankConfig config = config("spoilt");
        assertThat(judge(config, "q1 0 b 1\n").exitCode()).isEqualTo(ExitCode.OK);

        CommandAnswer answer = CommandAnswer.to(
                new ReportCommand(config), replayed().toString(), "--judgments", "--measures", "recip_rank");

        assertThat(answer.exitCode()).as(answer.err()).isEqualTo(ExitCode.OK);
        assertThat(answer.out())
                .contains("2 records of spoilt are no judgments and don't count, among them:")
                .contains("spoilt-0@0: starts with 02 03", "spoilt-0@1: ");
        JsonNode judgments = json(folder.resolve("replay")).path("judgments");
        assertThat(judgments.path("unreadable").asInt()).isEqualTo(2);
        assertThat(judgments.path("queries").asInt()).isEqualTo(1);
    }

    @Test
    void refusesMoreJudgmentsThanAreAllowed() throws Exception {
        StreamrankConfig config = StreamrankConfigTest.config(Map.of(
                "streamrank.kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "streamrank.topics.judgments",
                "many",
                "streamrank.report.max-judgments",
                "2"));
        assertThat(judge(config, "q1 0 a 1\nq1 0 b 1\n", "--create-topics").exitCode())
                .isEqualTo(ExitCode.OK);
        assertThat(judge(config, "q1 0 a 2\n").exitCode()).isEqualTo(ExitCode.OK);
        String replay = replayed().toString();

        CommandAnswer allowed = CommandAnswer.to(new ReportCommand(config), replay, "--judgments");
        assertThat(judge(config, "q2 0 a 1\n").exitCode()).isEqualTo(ExitCode.OK);
        CommandAnswer refused = CommandAnswer.to(new ReportCommand(config), replay, "--judgments");

        assertThat(allowed.exitCode()).as(allowed.err()).isEqualTo(ExitCode.OK);
        assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
        assertThat(refused.err())
                .contains("many holds judgments of more than 2 pairs")
                .contains("streamrank.report.max-judgments", "--qrels");
    }

    @Test
    void saysThatTheTopicIsMissing() throws IOException {
        new TestingReplay("m")
                .list("q1", "")
                .candidate("a", "", null)
                .scored(new double[] {1})
                .write(folder);

        CommandAnswer answer = CommandAnswer.to(new ReportCommand(config("nowhere")), folder.toString(), "--judgments");

        assertThat(answer.exitCode()).isEqualTo(ExitCode.KAFKA);
        assertThat(answer.err()).contains("topics missing").contains("nowhere");
    }

    private static StreamrankConfig config(String topic) {
        return StreamrankConfigTest.config(Map.of(
                "streamrank.kafka.bootstrap-servers", broker.bootstrapServers(), "streamrank.topics.judgments", topic));
    }

    private CommandAnswer judge(StreamrankConfig config, String qrels, String... options) throws IOException {
        Path file = Files.writeString(folder.resolve("qrels.trec"), qrels);
        String[] arguments = new String[options.length + 1];
        arguments[0] = file.toString();
        System.arraycopy(options, 0, arguments, 1, options.length);
        return CommandAnswer.to(new JudgeCommand(config), arguments);
    }

    private static void withdraw(String query, String document) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>("rerank.judgments", JudgmentKeys.encode(query, document), null))
                    .get();
        }
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static TopicReading reading(StreamrankConfig config) {
        return ReplayTopic.reading(
                config, Map.of("bootstrap.servers", broker.bootstrapServers()), new RequestBounds(1 << 10, 1));
    }

    private JsonNode report(StreamrankConfig config) throws IOException {
        Path replay = replayed();
        assertThat(CommandAnswer.to(new ReportCommand(config), replay.toString(), "--judgments")
                        .exitCode())
                .isEqualTo(ExitCode.OK);
        return json(replay);
    }

    /** A replay whose model puts b first. */
    private Path replayed() throws IOException {
        return new TestingReplay("m")
                .list("q1", "")
                .candidate("a", "", null)
                .candidate("b", "", null)
                .scored(new double[] {1, 2})
                .write(folder.resolve("replay"));
    }

    private static JsonNode json(Path replay) throws IOException {
        return new ObjectMapper().readTree(replay.resolve(ReportFiles.JSON).toFile());
    }
}
