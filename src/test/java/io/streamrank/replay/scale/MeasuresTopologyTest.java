package io.streamrank.replay.scale;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Framing;
import io.streamrank.contract.Judgment;
import io.streamrank.contract.JudgmentCodec;
import io.streamrank.contract.JudgmentKeys;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RankingHeaders;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.replay.LatestGrades;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.UnjudgedPolicy;
import io.streamrank.replay.report.MeasuredReport;
import io.streamrank.replay.report.ReplayReader;
import io.streamrank.replay.report.ReplayReport.Ending;
import io.streamrank.replay.report.Report.Judgments;
import io.streamrank.replay.report.ReportFiles;
import io.streamrank.replay.report.ReportSettings;
import io.streamrank.replay.scale.MeasuresSettings.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the topology tells is what a report tells of a replay's folder with the same rankings. */
class MeasuresTopologyTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RankedListCodec RANKINGS = new RankedListCodec();
    private static final JudgmentCodec JUDGMENTS = new JudgmentCodec();
    private static final List<String> MODELS = List.of("now", "next");
    private static final List<String> MEASURES =
            List.of("ndcg_cut_5", "ndcg_exp_cut_5", "recip_rank_cut_10", "map", "recall_5", "P_3", "judged_10");
    private static final long SINCE = 1_790_000_000_000L;

    private final Path folder;
    private final Map<JsonNode, JsonNode> totals = new HashMap<>();
    private final List<MeasuredQuery> queries = new ArrayList<>();

    MeasuresTopologyTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** A list as it stands in the candidates topic, and what each model makes of it: nothing where it fails. */
    private record Recorded(
            @Nullable String queryId,
            String requestId,
            int partition,
            long offset,
            long timestamp,
            List<String> candidates,
            Map<String, float[]> scores) {}

    /** Something for a test to send. */
    private interface Sending {
        void to(Consumer<TestRecord<byte[], byte[]>> ranked, Consumer<TestRecord<byte[], byte[]>> judgments);
    }

    @ParameterizedTest
    @CsvSource({
        "1, not-relevant, false, 1, 1",
        "2, condensed, true, 1, 1",
        "3, skip, false, 2, 1",
        "4, skip, true, 1, 4",
        "5, not-relevant, true, 2, 3",
        "6, condensed, false, 1, 4"
    })
    void tellsWhatAReportOnTheFolderOfOneProcessTells(
            long seed, String unjudged, boolean every, int relevantFrom, int partitions) throws Exception {
        Random random = new Random(seed);
        List<Recorded> lists = lists(random);
        List<Judgment> judgments = judgments(random);
        List<Sending> sendings = new ArrayList<>();
        for (Recorded list : lists) {
            list.scores().forEach((model, scores) -> sendings.add(ranking(model, list, scores)));
        }
        Collections.shuffle(judgments, random);
        judgments.forEach(judgment -> sendings.add(judgment(judgment)));
        sendings.add((ranked, judged) -> ranked.accept(new TestRecord<>(null, new byte[] {1, 2, 3})));
        sendings.add((ranked, judged) -> judged.accept(new TestRecord<>(null, "nothing".getBytes(UTF_8))));
        sendings.add((ranked, judged) -> judged.accept(new TestRecord<>(null, new byte[0])));
        Collections.shuffle(sendings, random);
        ReportSettings settings = settings(UnjudgedPolicy.of(unjudged), every, relevantFrom);

        MeasuresSettings asked = partitioned(measures(settings, "ranked", "ranked"), partitions);
        if (partitions == 1) {
            run(sendings, asked);
        } else {
            runTasks(sendings, asked, random);
        }

        JsonNode expected = reported(lists, judgments, settings, random);
        MeasuredTotals summed = summed(asked);
        assertThat(summed.difference(queries, asked.names())).isEmpty();
        new MeasuredReport(
                        folder.resolve("measured"), settings, asked, new Measured(queries, summed), Ending.UNFINISHED)
                .write();
        JsonNode measured = JSON.readTree(folder.resolve("measured/report.json").toFile());
        assertThat(comparable(measured)).isEqualTo(comparable(expected));
        assertThat(measured.path("finished").asBoolean(true)).isFalse();
        assertThat(measured.path("judgments").path("unreadable").asLong()).isEqualTo(2);
        assertThat(measured.path("replay").path("leftOut"))
                .isEqualTo(JSON.readTree("{\"no-judgment\":2,\"no-ranking\":1}"));
        for (String model : MODELS) {
            long ranked = lists.stream()
                    .filter(list -> list.scores().containsKey(model))
                    .count();
            assertThat(summed.listsBy()).containsEntry(model, ranked);
            long some = lists.stream().filter(list -> !list.scores().isEmpty()).count();
            assertThat(measured.path("replay").path("lacking").path(model).asLong())
                    .isEqualTo(some - ranked);
            assertThat(summed.listsByAny()).isEqualTo(some);
        }
        for (JsonNode contender : expected.path("contenders")) {
            JsonNode means = total(contender.path("name").asText()).path("means");
            contender
                    .path("measures")
                    .properties()
                    .forEach(measure -> assertThat(means.path(measure.getKey()).doubleValue())
                            .isEqualTo(measure.getValue().path("mean").doubleValue()));
        }
    }

    @Test
    void aQueryWhoseJudgmentsAreAllWithdrawnCountsNoMore() throws Exception {
        Recorded list = list("q", 0, 0, "now", 2, 1);
        run(
                List.of(
                        ranking("now", list, requireNonNull(list.scores().get("now"))),
                        judgment(new Judgment("q", "d1", 1, Instant.ofEpochMilli(1), null)),
                        (ranked, judged) -> judged.accept(
                                new TestRecord<>(JudgmentKeys.encode("q", "d1"), null, new RecordHeaders(), 2L))),
                oneModel());

        assertThat(queries).singleElement().satisfies(query -> {
            assertThat(query.judged()).isFalse();
            assertThat(query.values()).isEmpty();
        });
        assertThat(total("now").path("queries").asLong()).isZero();
    }

    @Test
    void leavesOutWhatIsNotWholeOrWasNotRanked() throws Exception {
        Recorded whole = list("q", 0, 5, "now", 2, 1);
        Recorded cut = list("q", 0, 1, "now", 1);
        run(
                List.of(
                        judgment(new Judgment("q", "d0", 1, Instant.ofEpochMilli(1), null)),
                        ranking("now", whole, requireNonNull(whole.scores().get("now"))),
                        (ranked, judged) -> ranked.accept(record(value("now", cut, new float[] {1}), cut, 2)),
                        (ranked, judged) -> ranked.accept(record(expired(list("q", 0, 2, "now")), cut, 0))),
                oneModel());

        assertThat(queries)
                .singleElement()
                .satisfies(query -> assertThat(query.lists()).isEqualTo(1));
    }

    @Test
    void tellsRankingsOfOneTopicApartByTheirModel() throws Exception {
        Recorded list = list("q", 0, 0, "now", 2, 1);
        run(
                List.of(
                        judgment(new Judgment("q", "d0", 1, Instant.ofEpochMilli(1), null)),
                        ranking("now", list, new float[] {2, 1}),
                        ranking("stranger", list, new float[] {1, 2}),
                        ranking("next", list, new float[] {1, 2})),
                measures(settings(UnjudgedPolicy.NOT_RELEVANT, false, 1), "ranked", "ranked"));

        assertThat(queries).singleElement().satisfies(query -> {
            assertThat(query.values().get("now")).contains(1.0, atIndex(2));
            assertThat(query.values().get("next")).contains(0.5, atIndex(2));
        });
    }

    @Test
    void leavesOutGradesThatExponentialGainCannotTakeAndGoesOn() throws Exception {
        Recorded list = list("q", 0, 0, "now", 2, 1);
        MeasuresSettings asked = oneModel();
        run(
                List.of(
                        judgment(new Judgment("q", "d0", 1, Instant.ofEpochMilli(1), null)),
                        judgment(new Judgment("q", "d0", 1_024, Instant.ofEpochMilli(2), null)),
                        judgment(new Judgment("q", "d1", 1_000, Instant.ofEpochMilli(1), null)),
                        ranking("now", list, requireNonNull(list.scores().get("now")))),
                asked);

        assertThat(summed(asked).leftOut(LeftOut.Reason.GRADE_TOO_HIGH)).isEqualTo(1);
        assertThat(queries)
                .singleElement()
                .satisfies(query -> assertThat(query.values().get("now")).satisfies(values -> {
                    for (double value : values) {
                        assertThat(value).isBetween(0.0, 1.0);
                    }
                }));
    }

    @Test
    void tellsWhereOneTopicHasLostWhatTheOtherCounts() throws Exception {
        Recorded list = list("q", 0, 0, "now", 2, 1);
        MeasuresSettings asked = oneModel();
        run(
                List.of(
                        judgment(new Judgment("q", "d0", 1, Instant.ofEpochMilli(1), null)),
                        ranking("now", list, requireNonNull(list.scores().get("now")))),
                asked);
        MeasuredTotals whole = summed(asked);

        assertThat(whole.difference(queries, asked.names())).isEmpty();
        assertThat(whole.difference(List.of(), asked.names()))
                .isEqualTo("of first-stage the totals count 1 queries, and values are there of 0");
        totals.keySet().removeIf(key -> key.path(2).asText().equals("now"));
        assertThat(summed(asked).difference(queries, asked.names()))
                .isEqualTo("of now the totals count 0 queries, and values are there of 1");
    }

    @Test
    void refusesNamesThatMeanSomethingElse() {
        ReportSettings settings = settings(UnjudgedPolicy.NOT_RELEVANT, false, 1);

        assertThatThrownBy(() -> measures(settings, List.of(new Contender("live", "ranked"))))
                .hasMessageContaining("neither first-stage nor live");
    }

    /** Lists of queries that come again, at times that are not in their partitions' order. */
    private static List<Recorded> lists(Random random) {
        List<Recorded> lists = new ArrayList<>();
        long[] next = new long[3];
        for (int i = 0; i < 90; i++) {
            int partition = random.nextInt(3);
            List<String> candidates = new ArrayList<>(
                    IntStream.range(0, 12).mapToObj(document -> "d" + document).toList());
            Collections.shuffle(candidates, random);
            Map<String, float[]> scores = new HashMap<>();
            for (String model : MODELS) {
                float[] own = new float[candidates.size()];
                for (int j = 0; j < own.length; j++) {
                    own[j] = random.nextInt(6);
                }
                if (random.nextInt(20) > 0) {
                    scores.put(model, own);
                }
            }
            boolean named = random.nextInt(10) > 0;
            lists.add(new Recorded(
                    named ? "q" + random.nextInt(30) : random.nextBoolean() ? null : " ",
                    "r" + i,
                    partition,
                    next[partition]++,
                    SINCE + 10L * i + random.nextInt(40) / 5 * 5,
                    candidates,
                    scores));
        }
        return lists;
    }

    private static Recorded list(String query, int partition, long offset, String model, float... scores) {
        return new Recorded(
                query,
                "r",
                partition,
                offset,
                SINCE,
                IntStream.range(0, scores.length)
                        .mapToObj(document -> "d" + document)
                        .toList(),
                Map.of(model, scores));
    }

    private static List<Judgment> judgments(Random random) {
        List<Judgment> judgments = new ArrayList<>();
        for (int query = 3; query < 33; query++) {
            boolean whole = query % 2 == 0;
            for (int document = 0; document < 14; document += whole ? 1 : 1 + random.nextInt(2)) {
                for (int time = 0; time < 2; time++) {
                    Integer grade = whole ? Integer.valueOf(random.nextInt(4)) : anyGrade(random);
                    judgments.add(new Judgment(
                            query < 31 ? "q" + query : "r" + query,
                            "d" + document,
                            grade,
                            Instant.ofEpochMilli(time),
                            null));
                }
            }
        }
        return judgments;
    }

    private static @Nullable Integer anyGrade(Random random) {
        return random.nextInt(6) == 0 ? null : Integer.valueOf(random.nextInt(5) - 1);
    }

    private void run(List<Sending> sendings, MeasuresSettings settings) throws Exception {
        Properties properties = new Properties();
        properties.put("application.id", "application");
        properties.put("bootstrap.servers", "127.0.0.1:1");
        properties.put("state.dir", folder.resolve("state").toString());
        properties.put("rocksdb.config.setter", StoreMemory.class);
        properties.put(StoreMemory.BYTES, "16777216");
        MeasureRecords records = new MeasureRecords(settings);
        Map<JsonNode, MeasuredQuery> last = new HashMap<>();
        try (TopologyTestDriver driver = new TopologyTestDriver(
                MeasuresTopology.of(settings, new JudgmentEvents(Framing.SINGLE_OBJECT), Framing.SINGLE_OBJECT),
                properties)) {
            var ranked = driver.createInputTopic("ranked", new ByteArraySerializer(), new ByteArraySerializer());
            var judgments = driver.createInputTopic("judgments", new ByteArraySerializer(), new ByteArraySerializer());
            sendings.forEach(sending -> sending.to(ranked::pipeInput, judgments::pipeInput));
            for (KeyValue<byte[], byte[]> each : driver.createOutputTopic(
                            "measures", new ByteArrayDeserializer(), new ByteArrayDeserializer())
                    .readKeyValuesToList()) {
                last.put(records.own(each.key).orElseThrow(), records.query(each.value));
            }
            for (KeyValue<byte[], byte[]> each : driver.createOutputTopic(
                            "totals", new ByteArrayDeserializer(), new ByteArrayDeserializer())
                    .readKeyValuesToList()) {
                totals.put(records.own(each.key).orElseThrow(), JSON.readTree(each.value));
            }
        }
        queries.addAll(last.values());
    }

    private void runTasks(List<Sending> sendings, MeasuresSettings settings, Random random) throws Exception {
        TestingTasks tasks = new TestingTasks(settings, folder, random);
        for (Sending sending : sendings) {
            sending.to(tasks::ranked, tasks::judged);
            if (random.nextInt(10) == 0) {
                tasks.work();
            }
        }
        tasks.work();
        MeasureRecords records = new MeasureRecords(settings);
        Map<JsonNode, MeasuredQuery> last = new HashMap<>();
        for (KeyValue<byte[], byte[]> each : tasks.measures()) {
            last.put(records.own(each.key).orElseThrow(), records.query(each.value));
        }
        for (KeyValue<byte[], byte[]> each : tasks.totals()) {
            totals.put(records.own(each.key).orElseThrow(), JSON.readTree(each.value));
        }
        queries.addAll(last.values());
    }

    private MeasuredTotals summed(MeasuresSettings settings) throws IOException {
        MeasureRecords records = new MeasureRecords(settings);
        MeasuredTotals.Sum sum = new MeasuredTotals.Sum();
        for (Map.Entry<JsonNode, JsonNode> total : totals.entrySet()) {
            records.addTotal(total.getKey(), JSON.writeValueAsBytes(total.getValue()), sum);
        }
        return sum.total();
    }

    private static MeasuresSettings partitioned(MeasuresSettings settings, int partitions) {
        return new MeasuresSettings(
                settings.application(),
                settings.contenders(),
                settings.judgmentsTopic(),
                settings.measuresTopic(),
                settings.totalsTopic(),
                partitions,
                settings.measures(),
                settings.options(),
                settings.skipUnjudged(),
                partitions == 1 && settings.onDisk());
    }

    private JsonNode total(String contender) {
        return requireNonNull(totals.get(
                JSON.createArrayNode().add("application").add("contender").add(contender)));
    }

    private static ReportSettings settings(UnjudgedPolicy unjudged, boolean every, int relevantFrom) {
        return new ReportSettings(
                MEASURES,
                every,
                relevantFrom,
                Integer.MAX_VALUE,
                unjudged,
                null,
                10,
                0.9,
                500,
                1,
                0,
                List.of(),
                1_000_000,
                1_000,
                null);
    }

    private static MeasuresSettings oneModel() {
        return measures(settings(UnjudgedPolicy.NOT_RELEVANT, false, 1), List.of(new Contender("now", "ranked")));
    }

    private static MeasuresSettings measures(ReportSettings settings, String... topics) {
        return measures(
                settings,
                IntStream.range(0, topics.length)
                        .mapToObj(i -> new Contender(MODELS.get(i), topics[i]))
                        .toList());
    }

    private static MeasuresSettings measures(ReportSettings settings, List<Contender> contenders) {
        return new MeasuresSettings(
                "application",
                contenders,
                "judgments",
                "measures",
                "totals",
                1,
                settings.allMeasures().stream().map(RankingMeasures::named).toList(),
                settings.evaluation(),
                settings.unjudged() == UnjudgedPolicy.SKIP,
                settings.unjudged() == UnjudgedPolicy.CONDENSED);
    }

    private static Sending judgment(Judgment judgment) {
        byte[] key = JudgmentKeys.encode(judgment.queryId(), judgment.candidateId());
        return (ranked, judgments) -> judgments.accept(new TestRecord<>(key, JUDGMENTS.encode(judgment)));
    }

    private static Sending ranking(String model, Recorded list, float[] scores) {
        byte[] value = value(model, list, scores);
        return (ranked, judgments) -> {
            ranked.accept(record(value, list, list.candidates().size()));
            // Once more, as a worker without transactions may send it.
            ranked.accept(record(value, list, list.candidates().size()));
        };
    }

    private static TestRecord<byte[], byte[]> record(byte[] value, Recorded list, int size) {
        RecordHeaders headers = new RecordHeaders();
        headers.add(
                RankingHeaders.LIST_TIME,
                Instant.ofEpochMilli(list.timestamp()).toString().getBytes(UTF_8));
        headers.add(RankingHeaders.LIST_SIZE, Integer.toString(size).getBytes(UTF_8));
        return new TestRecord<>(null, value, headers);
    }

    private static byte[] value(String model, Recorded list, float[] scores) {
        List<Integer> order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .toList();
        List<RankedCandidate> ranked = new ArrayList<>();
        for (int index : order) {
            ranked.add(new RankedCandidate(
                    list.candidates().get(index), scores[index], ranked.size() + 1, index + 1, false));
        }
        return RANKINGS.encode(ranking(model, list, Ranking.Outcome.RANKED, ranked));
    }

    private static byte[] expired(Recorded list) {
        return RANKINGS.encode(ranking("now", list, Ranking.Outcome.EXPIRED, List.of()));
    }

    private static Ranking ranking(
            String model, Recorded list, Ranking.Outcome outcome, List<RankedCandidate> candidates) {
        return new Ranking(
                list.requestId(),
                list.queryId(),
                outcome,
                new ModelRef(model, "0123456789ab", "testing"),
                "cpu",
                "float32",
                candidates,
                new SourcePosition("candidates", list.partition(), list.offset()),
                Timings.NONE,
                Map.of());
    }

    /** What a report says of a folder with the lists that all models have scored, in any order. */
    private JsonNode reported(List<Recorded> lists, List<Judgment> judgments, ReportSettings settings, Random random)
            throws IOException {
        List<Recorded> scored = new ArrayList<>(lists.stream()
                .filter(list -> list.scores().size() == MODELS.size())
                .toList());
        Collections.shuffle(scored, random);
        Path replay = Files.createDirectories(folder.resolve("replay"));
        ObjectNode header = JSON.createObjectNode().put("version", 1).put("finished", true);
        MODELS.forEach(model -> header.withArray("models").addObject().put("name", model));
        Files.writeString(replay.resolve("replay.json"), header.toString());
        List<String> lines = new ArrayList<>();
        Map<String, List<String>> scores = new HashMap<>();
        for (Recorded list : scored) {
            ObjectNode node = JSON.createObjectNode()
                    .put("topic", "candidates")
                    .put("partition", list.partition())
                    .put("offset", list.offset())
                    .put("timestamp", list.timestamp())
                    .put("requestId", list.requestId())
                    .put("queryId", list.queryId())
                    .put("query", "text");
            list.candidates()
                    .forEach(id -> node.withArray("candidates").addObject().put("id", id));
            for (String model : MODELS) {
                ObjectNode line = JSON.createObjectNode().put("line", lines.size());
                for (float score : requireNonNull(list.scores().get(model))) {
                    line.withArray("scores").add(score);
                }
                scores.computeIfAbsent(model, any -> new ArrayList<>()).add(line.toString());
            }
            lines.add(node.toString());
        }
        Files.write(replay.resolve("lists.jsonl"), lines);
        for (String model : MODELS) {
            Files.write(replay.resolve("scores." + model + ".jsonl"), requireNonNull(scores.get(model)));
        }
        LatestGrades grades = new LatestGrades();
        judgments.forEach(grades::add);
        ReportFiles.write(ReplayReader.open(replay), settings, new Judgments(grades.qrels(), "file", 2));
        return JSON.readTree(replay.resolve("report.json").toFile());
    }

    /** What a report says of measures, every digit of it. */
    private static JsonNode comparable(JsonNode report) {
        ObjectNode node = JSON.createObjectNode();
        node.set("lists", report.get("lists"));
        node.set("baseline", report.get("baseline"));
        ObjectNode judgments = report.get("judgments").deepCopy();
        judgments.remove("source");
        node.set("judgments", judgments);
        for (JsonNode contender : report.get("contenders")) {
            node.withArray("contenders")
                    .addObject()
                    .put("name", contender.path("name").asText())
                    .put("kind", contender.path("kind").asText())
                    .set("measures", contender.get("measures"));
            node.withArray("differences").add(contender.get("differences"));
        }
        return node;
    }
}
