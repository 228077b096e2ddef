package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.report.Report.Judgments;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A report on a replay of a recorded run says what trec_eval 9.0.8 says of the run: every value it printed. */
class ReplayedTrecEvalTest {
    private static final Path RECORDED = Path.of("src/test/resources/trec_eval");
    private static final Set<String> COUNTS = Set.of("num_q", "num_ret", "num_rel", "num_rel_ret");
    private static final EvaluationOptions DEFAULT = EvaluationOptions.DEFAULT;
    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<Arguments> outputs() {
        Map<String, EvaluationOptions> options = new LinkedHashMap<>();
        options.put("", DEFAULT);
        options.put(".c", DEFAULT.withEveryJudgedQuery());
        options.put(".l2", DEFAULT.withRelevantFrom(2));
        options.put(".M10", DEFAULT.withMaxDocuments(10));
        options.put(".J", DEFAULT.withJudgedOnly());
        return Stream.of("plain", "ties", "negative")
                .flatMap(set -> options.entrySet().stream()
                        .map(option -> Arguments.of(set, set + option.getKey() + ".out", option.getValue())));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("outputs")
    void saysWhatTrecEvalSays(String set, String output, EvaluationOptions options, @TempDir Path folder)
            throws IOException {
        // Given
        Map<String, Map<String, String>> recorded = recorded(output);
        TestingReplay.of(TrecRun.read(RECORDED.resolve(set + ".run")), "model").write(folder);
        ReportSettings settings = TestingSettings.of()
                .withMeasures(List.copyOf(recorded.keySet()))
                .withOptions(options)
                .build();

        // When
        ReplayReport report = ReportFiles.write(
                ReplayReader.open(folder),
                settings,
                new Judgments(Qrels.read(RECORDED.resolve(set + ".qrels")), "fixture"));

        // Then
        for (String contender : List.of("first-stage", "model")) {
            assertThat(means(report, contender)).isEqualTo(totals(recorded));
            assertThat(queries(folder, contender, recorded)).isEqualTo(recorded);
        }
    }

    /** By measure and query; "all" is the mean. */
    private static Map<String, Map<String, String>> recorded(String output) throws IOException {
        Map<String, Map<String, String>> values = new LinkedHashMap<>();
        for (String line : Files.readAllLines(RECORDED.resolve(output))) {
            String[] fields = line.split("\\s+", -1);
            if (!COUNTS.contains(fields[0])) {
                values.computeIfAbsent(fields[0], measure -> new TreeMap<>()).put(fields[1], fields[2]);
            }
        }
        assertThat(values).hasSize(22);
        return values;
    }

    private static Map<String, String> totals(Map<String, Map<String, String>> recorded) {
        Map<String, String> totals = new LinkedHashMap<>();
        recorded.forEach((measure, values) -> totals.put(measure, values.getOrDefault("all", "")));
        return totals;
    }

    private static Map<String, String> means(ReplayReport report, String contender) {
        Map<String, String> means = new LinkedHashMap<>();
        report.contenders().stream()
                .filter(result -> result.name().equals(contender))
                .forEach(result ->
                        result.means().forEach((measure, mean) -> means.put(measure, printed(mean.value()))));
        return means;
    }

    /** Queries that the run lacks count in trec_eval's mean, but it prints no line for them. */
    private static Map<String, Map<String, String>> queries(
            Path folder, String contender, Map<String, Map<String, String>> recorded) throws IOException {
        Map<String, Map<String, String>> values = new LinkedHashMap<>();
        recorded.forEach((measure, byQuery) ->
                values.put(measure, new TreeMap<>(Map.of("all", byQuery.getOrDefault("all", "")))));
        List<String> lines = new ArrayList<>(Files.readAllLines(folder.resolve(ReportFiles.QUERIES)));
        for (String line : lines) {
            JsonNode node = JSON.readTree(line);
            if (!node.path("list").isNull()) {
                node.path("values")
                        .path(contender)
                        .properties()
                        .forEach(value -> requireNonNull(values.get(value.getKey()))
                                .put(
                                        node.path("query").asText(),
                                        printed(value.getValue().doubleValue())));
            }
        }
        return values;
    }

    /** Rounded as C's printf rounds: the binary value exactly, halves to even. */
    private static String printed(double value) {
        return new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN).toString();
    }
}
