package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.Topics;
import io.streamrank.ingest.WorkerThread;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.report.ReplayReader;
import io.streamrank.replay.report.ReplayReport;
import io.streamrank.replay.report.Report.Judgments;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.ReportSettings;
import io.streamrank.replay.report.TestingSettings;
import io.streamrank.testing.BadEvents;
import io.streamrank.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replay of what a worker has ranked, by the same models, and the report on it. */
class ReplayIT {
    private static final int EVENTS = 10_000;
    private static final int PARTITIONS = 3;
    private static final int BAD_EVERY = 50;
    private static final String[] WORDS =
            "the a river mountain lake harbour of in flows stands old new city bridge what where is which".split(" ");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int JUDGED = 2_000;

    private final Random random = new Random(3);
    private final Map<String, Long> badByReason = new TreeMap<>();

    @Test
    @Timeout(600)
    void twoModelsOverTenThousandEventsGiveTheWorkersScores(@TempDir Path temporary) throws Throwable {
        try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(temporary.resolve("broker")));
                RecordedTopics topics = new RecordedTopics(broker, "live", PARTITIONS, PARTITIONS);
                Models models = new Models(List.of(load("bert"), load("distilbert")))) {
            topics.create("live.batches", 1);
            topics.create("live.dlq", PARTITIONS);
            sendEvents(topics);
            rank(broker, topics, models);

            Path out = temporary.resolve("out");
            JsonNode replay = replay(topics, models.all(), out);

            int good = EVENTS - EVENTS / BAD_EVERY;
            long elsewhere = requireNonNull(badByReason.remove("unknown_model"));
            assertThat(replay.path("read").asInt()).isEqualTo(EVENTS);
            assertThat(replay.path("lists").asLong())
                    .as("which model a list asked for does not matter here")
                    .isEqualTo(good + elsewhere);
            assertThat(replay.path("skipped")).isEqualTo(JSON.valueToTree(badByReason));
            assertThat(replay.path("liveRankings").asInt()).isEqualTo(good);
            assertEqualToLive(out, replay.path("lists").asInt());
            assertReported(out, good, replay.path("lists").asLong());
        }
    }

    /** The report's figures are those of the runs beside it, and of nobody else's making. */
    private static void assertReported(Path out, int good, long lists) throws IOException {
        Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
        for (int i = 1; grades.size() < JUDGED; i++) {
            if (i % BAD_EVERY != 0) {
                grades.put("q" + i, Map.of("d" + i % 2, 1 + i % 3));
            }
        }
        Qrels qrels = Qrels.of(grades);

        ReplayReport report = ReportFiles.write(
                ReplayReader.open(out),
                TestingSettings.of().withMaxLists(EVENTS).build(),
                new Judgments(qrels, "the test"));

        assertThat(report.ending()).isEqualTo(ReplayReport.Ending.FINISHED);
        assertThat(report.lists()).isEqualTo(lists);
        assertThat(report.cutLive()).isZero();
        assertThat(report.baseline()).isEqualTo("live");
        assertThat(report.contenders())
                .extracting(ReplayReport.Result::name)
                .containsExactly("first-stage", "live", "bert", "distilbert");
        double sameFirst = 0;
        for (ReplayReport.Result result : report.contenders()) {
            Evaluation run = Evaluation.of(
                    qrels,
                    TrecRun.read(out.resolve("run." + result.name() + ".trec")),
                    EvaluationOptions.DEFAULT,
                    ReportSettings.MEASURES.stream().map(RankingMeasures::named).toList());
            result.means().forEach((measure, mean) -> {
                assertThat(mean.queries()).isEqualTo(JUDGED);
                assertThat(mean.value()).as(result.name() + " " + measure).isCloseTo(run.mean(measure), within(1e-12));
            });
            assertThat(result.means()).containsOnlyKeys(ReportSettings.MEASURES);
            if (result.changes() != null) {
                assertThat(result.changes().lists()).isEqualTo(good);
                sameFirst += result.changes().sameFirst();
            }
        }
        // Each list's live ranking is one of the two models'.
        assertThat(sameFirst).isBetween(1.0, 2.0);
        assertThat(out.resolve(ReportFiles.HTML)).isNotEmptyFile();
        assertThat(Files.readAllLines(out.resolve(ReportFiles.QUERIES))).hasSize(JUDGED);
    }

    private static Reranker load(String family) {
        return Rerankers.load(
                Path.of("src/test/resources/golden", family),
                family,
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withThreads(1));
    }

    private void sendEvents(RecordedTopics topics) {
        CandidateListCodec codec = new CandidateListCodec();
        BadEvents bad = new BadEvents(random);
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", topics.client().get("bootstrap.servers"), "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < EVENTS; i++) {
                byte[] value = i % BAD_EVERY == 0 ? counted(bad.of(i / BAD_EVERY)) : codec.encode(request(i));
                var unused = producer.send(new ProducerRecord<>(topics.candidates, i % PARTITIONS, null, value));
            }
        }
    }

    private byte @Nullable [] counted(BadEvents.Bad bad) {
        badByReason.merge(bad.reason().word(), 1L, Long::sum);
        return bad.value();
    }

    private RerankRequest request(int number) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            candidates.add(new Candidate("d" + i, text(8), 2.0 - i));
        }
        String model = number % 2 == 0 ? "bert" : "distilbert";
        return new RerankRequest(
                "r" + number, new Query("q" + number, text(4)), candidates, model, null, null, Map.of());
    }

    private String text(int words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    private static void rank(EmbeddedBroker broker, RecordedTopics topics, Models models) throws Throwable {
        IngestSettings settings = new IngestSettings(
                broker.bootstrapServers(),
                "live",
                "worker-0",
                IngestSettings.GroupProtocol.CLASSIC,
                IngestSettings.Guarantee.EXACTLY_ONCE,
                new Topics(topics.candidates, topics.ranked, "live.batches", "live.dlq"),
                Limits.DEFAULT,
                false,
                1,
                Map.of());
        try (WorkerThread worker = WorkerThread.start(settings, models.all().toArray(Reranker[]::new))) {
            Eventually.await("all are answered", Duration.ofMinutes(5), () -> lag(topics) == 0);
            worker.stopAndAwaitEnd();
        }
    }

    private static long lag(RecordedTopics topics) throws Exception {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            latest.put(new TopicPartition(topics.candidates, partition), OffsetSpec.latest());
        }
        long lag = 0;
        var committed = topics.admin
                .listConsumerGroupOffsets("live")
                .partitionsToOffsetAndMetadata()
                .get();
        for (var end : topics.admin.listOffsets(latest).all().get().entrySet()) {
            var offset = committed.get(end.getKey());
            lag += end.getValue().offset() - (offset == null ? 0 : offset.offset());
        }
        return lag;
    }

    private static JsonNode replay(RecordedTopics topics, List<Reranker> models, Path out) throws Exception {
        ObjectNode description = JSON.createObjectNode().put("version", 1);
        var named = description.putArray("models");
        models.forEach(model -> named.addObject().put("name", model.model().id()));
        ReplaySettings settings = new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, true, 1000, 1 << 18);
        try (ReplayFolder folder = ReplayFolder.open(out);
                ListSource source = TopicSource.open(topics.reading(), topics.everything(), folder.position());
                ListScoring scoring =
                        new ListScoring(model -> new BatchPolicy(4096, 4096), Limits.DEFAULT, hung -> {})) {
            return new Replay(folder, source, models, scoring, settings, null, distance -> {})
                    .run(description, () -> false)
                    .orElseThrow();
        }
    }

    /** The worker scored each list by the model it asked for, in other company. */
    private static void assertEqualToLive(Path out, int lists) throws IOException {
        List<String> lines = Files.readAllLines(out.resolve("lists.jsonl"));
        Map<String, List<String>> scores = new HashMap<>();
        for (String model : List.of("bert", "distilbert")) {
            scores.put(model, Files.readAllLines(out.resolve("scores." + model + ".jsonl")));
            assertThat(scores.get(model)).hasSize(lists);
        }
        assertThat(lines).hasSize(lists);
        for (int i = 0; i < lists; i++) {
            JsonNode list = JSON.readTree(lines.get(i));
            JsonNode live = list.path("live");
            if (live.isMissingNode()) {
                continue;
            }
            assertThat(live.path("model")).isEqualTo(list.path("model"));
            JsonNode replayed = JSON.readTree(
                            requireNonNull(scores.get(live.path("model").asText()))
                                    .get(i))
                    .path("scores");
            for (JsonNode ranked : live.path("ranking")) {
                int candidate = Integer.parseInt(ranked.path("id").asText().substring(1));
                assertThat(replayed.get(candidate).floatValue())
                        .as(lines.get(i))
                        .isCloseTo(ranked.path("score").floatValue(), within(1e-4f));
            }
        }
    }
}
