package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.PackagedApp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command in processes of its own, some of which are killed. */
@Timeout(600)
class ReplayCommandIT {
    private static final String GOLDEN = "src/test/resources/golden/";
    private static final String CANDIDATES = "rerank.candidates";
    private static final int LISTS = 300;
    private static final int BAD_EVERY = 30;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static EmbeddedBroker broker;
    private static Path folder;

    @BeforeAll
    static void start(@TempDir Path temporary) {
        folder = temporary;
        broker = EmbeddedBroker.start(BrokerSettings.in(temporary.resolve("broker")));
        broker.createTopics(Map.of(CANDIDATES, 3, "whole", 2, "killed", 2));
        CandidateListCodec codec = new CandidateListCodec();
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < LISTS; i++) {
                byte[] value = i % BAD_EVERY == 0 ? new byte[] {1, 2, 3} : codec.encode(request(i));
                var unused = producer.send(new ProducerRecord<>(CANDIDATES, i % 3, ("key" + i).getBytes(UTF_8), value));
            }
        }
    }

    private static RerankRequest request(int number) {
        return new RerankRequest(
                "r" + number,
                new Query("q" + number % 200, "where is harbour " + number % 200),
                List.of(
                        new Candidate("a" + number, "the old harbour of city " + number, 3.0),
                        new Candidate("b", "a bridge stands in the lake", 2.0),
                        new Candidate("c" + number, "harbour " + number, 1.0)),
                null,
                2,
                null,
                Map.of("number", Integer.toString(number)));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void killedAgainAndAgainItEndsWithTheSameFilesAndEachRankingPublishedOnce() throws Exception {
        Path whole = folder.resolve("out-whole");
        String qrels = qrels().toString();
        try (PackagedApp unbroken = replay(whole, "--publish", "whole", "--qrels", qrels)) {
            assertThat(unbroken.exitCode()).as(unbroken.err()).isZero();
            assertThat(unbroken.out())
                    .contains("is complete: 290 lists, 870 pairs each for bert, mamba2")
                    .contains("left out: unknown_format 10;");
        }

        Path killed = folder.resolve("out-killed");
        for (int lists : new int[] {10, 90, 180}) {
            try (PackagedApp doomed = replay(killed, "--publish", "killed", "--qrels", qrels)) {
                Eventually.await(lists + " lists are set down", PackagedApp.PATIENCE, () -> progress(killed) >= lists);
                doomed.signal("KILL");
                assertThat(doomed.exitCode()).isEqualTo(137);
            }
            assertThat(progress(killed)).isLessThan(LISTS - LISTS / BAD_EVERY);
        }
        try (PackagedApp last = replay(killed, "--publish", "killed", "--qrels", qrels)) {
            assertThat(last.exitCode()).as(last.err()).isZero();
            assertThat(last.err()).contains("goes on after 1");
        }

        assertThat(contents(killed)).isEqualTo(contents(whole));
        assertThat(killed.resolve("report.html")).exists();
        assertThat(report(killed)).isEqualTo(report(whole));
        assertThat(report(whole).at("/judgments/queries").asInt()).isPositive();
        assertThat(report(whole).at("/contenders/2/changes/lists").asInt()).isEqualTo(290);
        assertThat(published("killed")).hasSize(2 * 290).isEqualTo(published("whole"));
        JsonNode replay = JSON.readTree(killed.resolve("replay.json").toFile());
        assertThat(replay.path("finished").asBoolean()).isTrue();
        assertThat(replay.path("skipped")).isEqualTo(JSON.createObjectNode().put("unknown_format", 10));
        assertThat(replay.path("repeatedQueries").asInt())
                .isEqualTo(JSON.readTree(whole.resolve("replay.json").toFile())
                        .path("repeatedQueries")
                        .asInt())
                .isPositive();
    }

    @Test
    void endsInOrderWhenAskedToAndGoesOn() throws Exception {
        Path out = folder.resolve("out-terminated");
        try (PackagedApp ended = replay(out)) {
            Eventually.await("something is set down", PackagedApp.PATIENCE, () -> progress(out) > 0);
            ended.signal("TERM");

            assertThat(ended.exitCode()).isEqualTo(143);
            assertThat(ended.err()).contains("; the same command goes on").doesNotContain("ERROR");
        }
        try (PackagedApp other = replay(out, "--sample", "0.5")) {
            assertThat(other.exitCode()).isEqualTo(2);
            assertThat(other.err()).contains("holds another replay").contains("sample: '1.0' there, '0.5' now");
        }
        try (PackagedApp again = replay(out)) {
            assertThat(again.exitCode()).as(again.err()).isZero();
        }
        try (PackagedApp done = replay(out)) {
            assertThat(done.exitCode()).as(done.err()).isZero();
            assertThat(done.out()).contains("is complete already");
        }
        try (PackagedApp retrained = replayOf("roberta", out)) {
            assertThat(retrained.exitCode()).isEqualTo(2);
            assertThat(retrained.err()).contains("holds another replay", "model.bert.revision: '");
        }
    }

    @Test
    void goesOnWithLinesOfAFileAndTellsThoseThatAreNone() throws Exception {
        Path lines = folder.resolve("lists.jsonl");
        Files.writeString(lines, """
                {"requestId": "one", "query": "where is it", "candidates": [{"id": "a", "text": "here"}]}
                {"query": "no candidates"}

                {"query": "where is it", "candidates": []}
                {"query": {"id": "q", "text": "which"}, "candidates": [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}]}
                """);
        Path out = folder.resolve("out-lines");

        try (PackagedApp app = PackagedApp.start(
                folder,
                settings(),
                "replay",
                "--output",
                out.toString(),
                "--model",
                "bert=" + GOLDEN + "bert",
                "--no-report",
                "--jsonl",
                lines.toString())) {
            assertThat(app.exitCode()).as(app.err()).isZero();
            assertThat(app.out())
                    .contains("is complete: 2 lists, 3 pairs each for bert")
                    .doesNotContain("report.html");
        }
        assertThat(out.resolve("report.html")).doesNotExist();

        assertThat(Files.readAllLines(out.resolve("skipped.jsonl")))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("\"offset\":2,\"reason\":\"undecodable\"", "lacks 'candidates'"),
                        line -> assertThat(line).contains("\"offset\":4,\"reason\":\"no_candidates\""));
        assertThat(Files.readString(out.resolve("run.first-stage.trec")))
                .isEqualTo("one Q0 a 1 1.0 first-stage\nq Q0 a 1 2.0 first-stage\nq Q0 b 2 1.0 first-stage\n");
    }

    @Test
    void refusesWhatCannotBeMeant() throws Exception {
        try (PackagedApp nowhere = PackagedApp.start(folder, "replay", "--model", GOLDEN + "bert");
                PackagedApp live = replay(folder.resolve("x1"), "--publish", "rerank.ranked");
                PackagedApp asked = replay(folder.resolve("x3"), "--ranked-topic", "own", "--publish", "own");
                PackagedApp nobody = replay(folder.resolve("x4"), "--baseline", "brt");
                PackagedApp condition = replay(folder.resolve("x5"), "--fail-if", "rbo < mamba3.rbo");
                PackagedApp both = replay(folder.resolve("x2"), "--beir", "samples/squad11-dev");
                PackagedApp elsewhere = replay(folder)) {
            assertThat(nowhere.exitCode()).isEqualTo(2);
            assertThat(nowhere.err()).contains("Name a folder with --output");
            assertThat(live.exitCode()).isEqualTo(2);
            assertThat(live.err()).contains("that is a topic of the live workers");
            assertThat(asked.exitCode()).isEqualTo(2);
            assertThat(asked.err()).contains("own: that is a topic of the live workers");
            assertThat(nobody.exitCode()).isEqualTo(2);
            assertThat(nobody.err()).contains("baseline 'brt' is none of [first-stage, bert, mamba2]");
            assertThat(condition.exitCode()).isEqualTo(2);
            assertThat(condition.err()).contains("'mamba3' is neither a measure nor one of");
            assertThat(folder.resolve("x4").resolve("replay.json")).doesNotExist();
            assertThat(both.exitCode()).isEqualTo(2);
            assertThat(both.err()).contains("of a topic or of files");
            assertThat(elsewhere.exitCode()).isEqualTo(5);
            assertThat(elsewhere.err()).contains("holds files, but no replay");
        }
    }

    private static PackagedApp replay(Path out, String... more) throws IOException {
        return replayOf("bert", out, more);
    }

    /** @param checkpoint of the model that is called bert */
    private static PackagedApp replayOf(String checkpoint, Path out, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "replay",
                "--output",
                out.toString(),
                "--model",
                "bert=" + GOLDEN + checkpoint,
                "--model",
                "mamba2=" + GOLDEN + "mamba2",
                "--topic",
                CANDIDATES));
        arguments.addAll(List.of(more));
        return PackagedApp.start(folder, settings(), arguments.toArray(String[]::new));
    }

    /** Small portions, so that there is always a middle to be killed in. */
    private static Map<String, String> settings() {
        return Map.of(
                "STREAMRANK_KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                "STREAMRANK_REPLAY_CHUNK_LISTS", "2",
                "STREAMRANK_MODEL_DTYPE", "float32",
                "STREAMRANK_MODEL_DEVICE", "cpu",
                "OMP_NUM_THREADS", "1");
    }

    /** All that a report says, but for what times are in and what one attempt is called. */
    private static JsonNode report(Path out) throws IOException {
        ObjectNode report =
                (ObjectNode) JSON.readTree(out.resolve("report.json").toFile());
        assertThat(report.remove("created")).isNotNull();
        for (JsonNode contender : report.withArray("contenders")) {
            ((ObjectNode) contender).remove("latencyMillis");
            if (contender.path("model") instanceof ObjectNode model) {
                model.remove(List.of("scoringSeconds", "pairsPerSecond"));
            }
        }
        ObjectNode replay = report.withObject("replay");
        replay.remove(List.of("id", "created"));
        replay.withObject("settings").remove("publish");
        for (JsonNode model : replay.withArray("models")) {
            ((ObjectNode) model).remove(List.of("tokenizingSeconds", "scoringSeconds", "pairsPerSecond", "listMillis"));
        }
        return report;
    }

    /** Of every other query one document is right. */
    private static Path qrels() throws IOException {
        StringBuilder qrels = new StringBuilder();
        for (int query = 0; query < 200; query += 2) {
            qrels.append("q").append(query).append(" 0 b 1\n");
        }
        return Files.writeString(folder.resolve("qrels.trec"), qrels);
    }

    private static int progress(Path out) throws IOException {
        try {
            return JSON.readTree(Files.readAllBytes(out.resolve("progress.json")))
                    .path("lists")
                    .asInt();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** All files but for those that tell times. */
    private static Map<String, String> contents(Path out) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                boolean tellsTimes =
                        name.startsWith("timings.") || name.startsWith("report.") || name.equals("replay.json");
                if (!tellsTimes) {
                    contents.put(name, Files.readString(file));
                }
            }
        }
        assertThat(contents)
                .containsOnlyKeys(
                        "lists.jsonl",
                        "replay.lock",
                        "run.bert.trec",
                        "run.first-stage.trec",
                        "run.live.trec",
                        "run.mamba2.trec",
                        "scores.bert.jsonl",
                        "scores.mamba2.jsonl",
                        "skipped.jsonl",
                        "unpublished.jsonl");
        return contents;
    }

    /** What each partition holds, in its order: key, model, where the list stood, and its ranking. */
    private static List<String> published(String topic) throws Exception {
        RankedListCodec codec = new RankedListCodec();
        List<String> published = new ArrayList<>();
        Map<String, Object> config = Map.of(
                "bootstrap.servers", broker.bootstrapServers(),
                "isolation.level", "read_committed",
                "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            for (int partition = 0; partition < 2; partition++) {
                TopicPartition place = new TopicPartition(topic, partition);
                consumer.assign(List.of(place));
                consumer.seekToBeginning(List.of(place));
                long end = requireNonNull(consumer.endOffsets(List.of(place)).get(place));
                while (consumer.position(place) < end) {
                    for (var record : consumer.poll(Duration.ofMillis(100))) {
                        Ranking ranking = codec.decode(record.value());
                        assertThat(ranking.source().partition() % 2).isEqualTo(partition);
                        published.add(new String(record.key(), UTF_8) + " " + ranking.model() + " " + ranking.source()
                                + " " + ranking.candidates() + ranking.attributes());
                    }
                }
            }
        }
        return published;
    }
}
