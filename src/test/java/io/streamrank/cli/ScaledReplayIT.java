package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Judgment;
import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.StartException;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.PackagedApp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replay by several workers, measured by the topology, is held to a replay by a single process. */
@Timeout(600)
class ScaledReplayIT {
    private static final String NOW = "now=src/test/resources/golden/bert";
    private static final String NEXT = "next=src/test/resources/golden/distilbert";
    private static final String CANDIDATES = "rerank.candidates";
    private static final String JUDGMENTS = "rerank.judgments";
    private static final String RANKED = "rerank.ranked.replay.";
    private static final int PARTITIONS = 4;
    private static final int LISTS = 120;
    private static final int QUERIES = 70;
    /** Not so long ago that the broker would delete it. */
    private static final long SINCE = System.currentTimeMillis() / 1_000 * 1_000 - 3_600_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private static EmbeddedBroker broker;
    private static Path folder;

    @BeforeAll
    static void start(@TempDir Path temporary) {
        folder = temporary;
        broker = EmbeddedBroker.start(BrokerSettings.in(temporary.resolve("broker")));
        broker.createTopics(Map.of(CANDIDATES, PARTITIONS, JUDGMENTS, 2));
        send();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void workersOfTwoModelsWithOneKilledAndTwoTopologiesWithOneKilledGiveTheNumbersOfOneProcess() throws Exception {
        Path single = folder.resolve("single");
        try (PackagedApp next = worker("next", "third", NEXT)) {
            killOneInTheMiddle();
            try (PackagedApp one = worker("now", "one", NOW);
                    PackagedApp other = worker("now", "other", NOW)) {
                assertThat(one.exitCode()).as(one.err()).isZero();
                assertThat(other.exitCode()).as(other.err()).isZero();
                assertThat(one.err())
                        .contains("Replay now is complete: its rankings are in " + RANKED + "now")
                        .contains("Replay now: the group has answered ");
            }
            assertThat(next.exitCode()).as(next.err()).isZero();
        }
        try (PackagedApp following = app(measured("--create-topics", "--follow"));
                PackagedApp replay = app(
                        "replay",
                        "--output",
                        single.toString(),
                        "--model",
                        NOW,
                        "--model",
                        NEXT,
                        "--judgments",
                        "--every-judged-query")) {
            Eventually.await(
                    "something is measured",
                    PackagedApp.PATIENCE,
                    () -> !following.isAlive() || written("rerank.measures") > 0);
            assertThat(following.isAlive()).as(following.err()).isTrue();
            following.signal("KILL");
            assertThat(following.exitCode()).isEqualTo(137);
            assertThat(replay.exitCode()).as(replay.err()).isZero();
        }
        List<Path> measured = List.of(folder.resolve("measured-0"), folder.resolve("measured-1"));
        List<CompletableFuture<CommandAnswer>> answers = new ArrayList<>();
        for (Path out : measured) {
            answers.add(CompletableFuture.supplyAsync(
                    () -> CommandAnswer.to(measureHere(Map.of()), here(measured("--output", out.toString())))));
        }

        JsonNode expected = report(single);
        for (int i = 0; i < measured.size(); i++) {
            CommandAnswer answer = answers.get(i).get(10, TimeUnit.MINUTES);
            assertThat(answer.exitCode()).as(answer.err()).isZero();
            assertThat(answer.out()).contains("ndcg_cut_10", "report.json", "Records left out: no-judgment 1");
            assertThat(report(measured.get(i))).isEqualTo(expected);
            assertThat(queries(measured.get(i))).isEqualTo(queries(single));
            assertThat(whole(measured.get(i)).path("finished").asBoolean()).isTrue();
        }
        assertThat(expected.path("lists").asInt()).isGreaterThan(LISTS / 2);
        assertThat(expected.path("judgments").path("unreadable").asInt()).isEqualTo(1);
        assertThat(expected.path("judgments").path("repeated").asInt()).isPositive();
        assertThat(expected.path("judgments").path("lacking").asInt()).isPositive();
        assertThat(groups()).contains("streamrank-replay-now").doesNotContain("streamrank");
        assertThat(topics()).doesNotContain("rerank.ranked", "rerank.batches", "rerank.candidates.dlq");
    }

    private static void killOneInTheMiddle() throws Exception {
        try (PackagedApp killed = worker("now", "one", NOW)) {
            Eventually.await(
                    "a part is ranked", PackagedApp.PATIENCE, () -> !killed.isAlive() || written(RANKED + "now") > 10);
            killed.signal("KILL");
            assertThat(killed.exitCode()).as(killed.err()).isEqualTo(137);
        }
    }

    @Test
    void refusesTopicsThatWouldLoseWhatIsMeasured() {
        broker.createTopics(Map.of("deleting", 1, "ranked", 1));

        CommandAnswer answer = CommandAnswer.to(
                measureHere(Map.of("streamrank.topics.measures", "deleting")),
                "--ranked",
                "now=ranked",
                "--create-topics");

        assertThat(answer.exitCode()).isNotZero();
        assertThat(answer.err())
                .contains("topic deleting has cleanup.policy=delete; expected compact")
                .contains("kafka-configs.sh --bootstrap-server " + broker.bootstrapServers()
                        + " --alter --entity-type topics --entity-name deleting --add-config cleanup.policy=compact");
    }

    @Test
    void aReplayNeverCreatesWhatIsToBeReplayed() throws Exception {
        StreamrankConfig config = config(Map.of("streamrank.topics.candidates", "missing"));
        IngestSettings live = new WorkerAssembly(config).ingestSettings(broker.bootstrapServers(), "w", true, Map.of());
        IngestSettings replay = ReplayGroup.of(config, "x", null).orElseThrow().settings(live);

        assertThatThrownBy(() -> new TopicCheck(replay).requireRecorded(replay.topics()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("topic missing is missing on " + broker.bootstrapServers())
                .hasMessageContaining("there is nothing to replay");
        assertThat(topics()).doesNotContain("missing", "rerank.ranked.replay.x");
    }

    private static MeasureCommand measureHere(Map<String, String> more) {
        StreamrankConfig config = config(more);
        return new MeasureCommand(config, new RunningReplay(config));
    }

    private static StreamrankConfig config(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "streamrank.kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "streamrank.measure.partitions",
                "3",
                "streamrank.measure.commit-interval",
                "100ms",
                "streamrank.measure.state-dir",
                folder.resolve("state").toString()));
        settings.putAll(more);
        return StreamrankConfigTest.config(settings);
    }

    /** In transactions, so that markers stand at the ends; one that is aborted beyond them. */
    private static void send() {
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", "application");
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            Random random = new Random(5);
            CandidateListCodec lists = new CandidateListCodec();
            for (int i = 0; i < LISTS; i++) {
                int partition = random.nextInt(PARTITIONS);
                byte[] value = i % 20 == 7 ? new byte[] {1, 2, 3} : lists.encode(request(i, random));
                // Clocks of several senders: not in order, and some equal.
                long timestamp = SINCE + (i + random.nextInt(30)) / 2 * 1_000L;
                var unused = producer.send(new ProducerRecord<>(CANDIDATES, partition, timestamp, null, value));
            }
            judgments(random).forEach(producer::send);
            var unreadable = producer.send(new ProducerRecord<>(JUDGMENTS, new byte[] {1}, new byte[] {1, 2, 3}));
            producer.commitTransaction();
            producer.beginTransaction();
            var unused =
                    producer.send(new ProducerRecord<>(CANDIDATES, 2, SINCE, null, lists.encode(request(1, random))));
            producer.flush();
            producer.abortTransaction();
        }
    }

    /** Late ones, some that want only a part, some that want another model, some whose query has no name. */
    private static RerankRequest request(int number, Random random) {
        int query = random.nextInt(QUERIES);
        List<Candidate> candidates = new ArrayList<>();
        for (int document = 0; document < 6; document++) {
            candidates.add(new Candidate("d" + document, text(query * 31 + document), 6.0 - document));
        }
        Collections.shuffle(candidates, random);
        @Nullable String id = random.nextInt(8) == 0 ? " " : "q" + query;
        return new RerankRequest(
                "r" + number,
                new Query(id, "where is " + text(query)),
                candidates,
                random.nextInt(4) == 0 ? "another" : null,
                random.nextBoolean() ? 2 : null,
                random.nextBoolean() ? Instant.ofEpochMilli(SINCE + 500) : null,
                Map.of());
    }

    private static String text(int seed) {
        Random random = new Random(seed);
        List<String> words = List.of("harbour", "bridge", "lake", "tower", "museum", "river", "market", "north", "old");
        return random.ints(7, 0, words.size()).mapToObj(words::get).collect(Collectors.joining(" "));
    }

    private static List<ProducerRecord<byte[], byte[]>> judgments(Random random) {
        JudgmentCodec codec = new JudgmentCodec();
        List<ProducerRecord<byte[], byte[]>> judgments = new ArrayList<>();
        for (int query = 0; query < QUERIES + 5; query += 1 + random.nextInt(2)) {
            for (int document = 0; document < 6; document += 1 + random.nextInt(2)) {
                for (int time = 2; time >= 1; time--) {
                    Integer grade = random.nextInt(9) == 0 ? null : Integer.valueOf(random.nextInt(5) - 1);
                    Instant when = Instant.ofEpochMilli(SINCE + time);
                    Judgment judgment = new Judgment("q" + query, "d" + document, grade, when, "test");
                    judgments.add(new ProducerRecord<>(
                            JUDGMENTS,
                            JudgmentKeys.encode(judgment.queryId(), judgment.candidateId()),
                            codec.encode(judgment)));
                }
            }
        }
        return judgments;
    }

    private static PackagedApp worker(String replay, String name, String model) throws IOException {
        return app("work", "--model", model, "--replay", replay, "--instance-id", name, "--create-topics");
    }

    private static String[] measured(String... more) {
        List<String> arguments = new ArrayList<>(List.of("measure"));
        arguments.addAll(List.of("--ranked", "now=" + RANKED + "now", "--ranked", "next=" + RANKED + "next"));
        // A killed member's part is free sooner than by default.
        arguments.addAll(List.of("--property", "session.timeout.ms=6000", "--property", "heartbeat.interval.ms=1000"));
        arguments.add("--every-judged-query");
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    /** Without the command's name. */
    private static String[] here(String... arguments) {
        return Arrays.copyOfRange(arguments, 1, arguments.length);
    }

    private static PackagedApp app(String... arguments) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "STREAMRANK_KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                "STREAMRANK_HTTP_ENABLED", "false",
                "STREAMRANK_LIMITS_MAX_BATCH_REQUESTS", "2",
                "STREAMRANK_MEASURE_PARTITIONS", "3",
                "STREAMRANK_MEASURE_COMMIT_INTERVAL", "100ms",
                "STREAMRANK_REPLAY_PROGRESS_INTERVAL", "200ms",
                "STREAMRANK_MODEL_DTYPE", "float32",
                "STREAMRANK_MODEL_DEVICE", "cpu",
                "OMP_NUM_THREADS", "1"));
        return PackagedApp.start(folder, settings, List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), arguments);
    }

    private static JsonNode whole(Path out) throws IOException {
        return JSON.readTree(out.resolve("report.json").toFile());
    }

    /** What a report says of measures, every digit of it. */
    private static JsonNode report(Path out) throws IOException {
        JsonNode report = whole(out);
        ObjectNode node = JSON.createObjectNode();
        node.set("lists", report.get("lists"));
        node.set("baseline", report.get("baseline"));
        node.set("judgments", ((ObjectNode) report.get("judgments")).without("source"));
        for (JsonNode contender : report.get("contenders")) {
            ObjectNode told = node.withArray("contenders").addObject();
            told.set("name", contender.get("name"));
            told.set("measures", contender.get("measures"));
            told.set("differences", contender.get("differences"));
        }
        return node;
    }

    private static Map<String, JsonNode> queries(Path out) throws IOException {
        Map<String, JsonNode> queries = new HashMap<>();
        for (String line : Files.readAllLines(out.resolve("report.queries.jsonl"), UTF_8)) {
            JsonNode query = JSON.readTree(line);
            queries.put(query.path("query").asText(), query.get("values"));
        }
        return queries;
    }

    private static long written(String topic) throws Exception {
        try (Admin admin = admin()) {
            if (!admin.listTopics().names().get().contains(topic)) {
                return 0;
            }
            return admin
                    .listOffsets(Map.of(
                            new TopicPartition(topic, 0), OffsetSpec.latest(),
                            new TopicPartition(topic, 1), OffsetSpec.latest(),
                            new TopicPartition(topic, 2), OffsetSpec.latest()))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(info -> info.offset())
                    .sum();
        }
    }

    private static Set<String> groups() throws Exception {
        try (Admin admin = admin()) {
            return admin.listGroups().all().get().stream()
                    .map(GroupListing::groupId)
                    .collect(Collectors.toSet());
        }
    }

    private static Set<String> topics() throws Exception {
        try (Admin admin = admin()) {
            return admin.listTopics().names().get();
        }
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }
}
