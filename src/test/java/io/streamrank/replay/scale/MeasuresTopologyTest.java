package io.streamrank.replay.scale;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.scale.JudgmentReader.Judged;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeasuresTopologyTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Measure> MEASURES =
            List.of("ndcg_cut_10", "recip_rank_cut_10", "map", "recall_5", "P_3").stream()
                    .map(RankingMeasures::named)
                    .toList();
    private static final RankedListCodec RANKINGS = new RankedListCodec();

    private final Map<String, JsonNode> latest = new HashMap<>();

    /** Something for a test to send. */
    private interface Sending {
        void to(TestInputTopic<byte[], byte[]> ranked, TestInputTopic<byte[], byte[]> judgments);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void givesWhatOneProcessGivesWhateverTheOrder(long seed) throws Exception {
        Random random = new Random(seed);
        List<Sending> sendings = new ArrayList<>();
        Map<String, Map<String, List<Entry>>> runs = new LinkedHashMap<>();
        for (String model : List.of("first", "second")) {
            Map<String, List<Entry>> run = new LinkedHashMap<>();
            for (int query = 0; query < 40; query++) {
                List<Entry> entries = entries(random);
                run.put("q" + query, entries);
                sendings.add(ranking(model, "q" + query, query, entries));
                if (query % 4 == 0) {
                    // The same query again, later in its partition: the first list counts.
                    sendings.add(ranking(model, "q" + query, 1000 + query, entries(random)));
                    sendings.add(ranking(model, "q" + query, query, entries));
                }
            }
            runs.put(model, run);
        }
        Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
        for (int query = 5; query < 45; query++) {
            for (int document = 0; document < 12; document += 1 + random.nextInt(3)) {
                for (int time = 0; time < 3; time++) {
                    Integer grade = random.nextInt(6) == 0 ? null : random.nextInt(5) - 1;
                    sendings.add(judgment("q" + query, "d" + document, grade, time));
                    if (time == 2 && grade != null) {
                        grades.computeIfAbsent("q" + query, any -> new LinkedHashMap<>())
                                .put("d" + document, grade);
                    }
                }
            }
        }
        sendings.add((ranked, judgments) -> ranked.pipeInput(null, new byte[] {1, 2, 3}));
        sendings.add((ranked, judgments) -> judgments.pipeInput(null, "nothing".getBytes(UTF_8)));
        Collections.shuffle(sendings, random);

        run(sendings);

        runs.forEach((model, run) -> {
            Evaluation expected =
                    Evaluation.of(Qrels.of(grades), TrecRun.of(model, run), EvaluationOptions.DEFAULT, MEASURES);
            JsonNode told = requireNonNull(latest.get(model + "@0123456789ab"));
            assertThat(told.path("queries").asInt())
                    .isEqualTo(expected.queries().size());
            for (Measure measure : MEASURES) {
                assertThat(told.path("means").path(measure.name()).asDouble())
                        .as("%s of %s", measure.name(), model)
                        .isCloseTo(expected.mean(measure.name()), within(1e-12));
            }
        });
    }

    @Test
    void aQueryWhoseJudgmentsAreAllWithdrawnCountsNoMore() throws Exception {
        run(List.of(
                ranking("m", "q", 0, List.of(new Entry("d1", 2), new Entry("d2", 1))),
                judgment("q", "d2", 1, 1),
                judgment("q", "d2", null, 2)));

        JsonNode told = requireNonNull(latest.get("m@0123456789ab"));
        assertThat(told.path("queries").asInt()).isZero();
        assertThat(told.path("means")).isEmpty();
    }

    @Test
    void refusesToCountWhatItCannotKnow() {
        assertThatThrownBy(() -> settings(EvaluationOptions.DEFAULT.withEveryJudgedQuery()))
                .hasMessageContaining("never ranked");
    }

    private void run(List<Sending> sendings) throws Exception {
        Properties properties = new Properties();
        properties.put("application.id", "measures");
        properties.put("bootstrap.servers", "127.0.0.1:1");
        try (TopologyTestDriver driver = new TopologyTestDriver(
                MeasuresTopology.of(settings(EvaluationOptions.DEFAULT), MeasuresTopologyTest::read), properties)) {
            var ranked = driver.createInputTopic("ranked", new ByteArraySerializer(), new ByteArraySerializer());
            var judgments = driver.createInputTopic("judgments", new ByteArraySerializer(), new ByteArraySerializer());
            sendings.forEach(sending -> sending.to(ranked, judgments));
            var sums = driver.createOutputTopic("sums", new StringDeserializer(), new ByteArrayDeserializer());
            for (KeyValue<String, byte[]> each : sums.readKeyValuesToList()) {
                latest.put(each.key, JSON.readTree(each.value));
            }
        }
    }

    private static MeasuresSettings settings(EvaluationOptions options) {
        return new MeasuresSettings(List.of("ranked"), "judgments", "sums", 1, MEASURES, options);
    }

    /** {@code query document grade time}, with a dash for no grade. */
    private static Optional<Judged> read(byte @Nullable [] key, byte @Nullable [] value, long timestamp) {
        String[] parts = new String(value == null ? new byte[0] : value, UTF_8).split(" ", -1);
        return parts.length != 4
                ? Optional.empty()
                : Optional.of(new Judged(
                        parts[0],
                        parts[1],
                        parts[2].equals("-") ? null : Integer.valueOf(parts[2]),
                        Long.parseLong(parts[3])));
    }

    private static Sending judgment(String query, String document, @Nullable Integer grade, long time) {
        String text = query + " " + document + " " + (grade == null ? "-" : grade) + " " + time;
        return (ranked, judgments) -> judgments.pipeInput(null, text.getBytes(UTF_8));
    }

    private static Sending ranking(String model, String query, long offset, List<Entry> entries) {
        List<RankedCandidate> candidates = new ArrayList<>();
        for (Entry entry : entries) {
            candidates.add(new RankedCandidate(
                    entry.documentId(), (float) entry.score(), candidates.size() + 1, candidates.size() + 1, false));
        }
        byte[] value = RANKINGS.encode(new Ranking(
                "r",
                query,
                Ranking.Outcome.RANKED,
                new ModelRef(model, "0123456789ab", "testing"),
                "cpu",
                "float32",
                candidates,
                new SourcePosition("candidates", 0, offset),
                Timings.NONE,
                Map.of()));
        return (ranked, judgments) -> ranked.pipeInput(null, value);
    }

    /** Ten documents in some order, with scores of which some are equal. */
    private static List<Entry> entries(Random random) {
        List<Entry> entries = new ArrayList<>();
        for (int document = 0; document < 10; document++) {
            entries.add(new Entry("d" + document, random.nextInt(6)));
        }
        Collections.shuffle(entries, random);
        return entries;
    }
}
