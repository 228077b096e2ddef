package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Recorded outputs of trec_eval 9.0.8: every value it printed, to the digits it printed. */
class TrecEvalTest {
    private static final Path RECORDED = Path.of("src/test/resources/trec_eval");
    private static final Set<String> COUNTS = Set.of("num_q", "num_ret", "num_rel", "num_rel_ret");
    private static final EvaluationOptions DEFAULT = EvaluationOptions.DEFAULT;

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
    void printsWhatTrecEvalPrints(String set, String output, EvaluationOptions options) throws IOException {
        // Given
        Map<String, List<String>> recorded = recorded(output);
        List<Measure> measures =
                recorded.keySet().stream().map(RankingMeasures::named).toList();

        TrecRun run = TrecRun.read(RECORDED.resolve(set + ".run"));

        // When
        Evaluation evaluation = Evaluation.of(Qrels.read(RECORDED.resolve(set + ".qrels")), run, options, measures);

        // Then
        assertThat(recorded).hasSize(22);
        assertThat(printed(evaluation, run)).isEqualTo(recorded);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("outputs")
    void averagesOverAsManyQueries(String set, String output, EvaluationOptions options) throws IOException {
        Evaluation evaluation = Evaluation.of(
                Qrels.read(RECORDED.resolve(set + ".qrels")),
                TrecRun.read(RECORDED.resolve(set + ".run")),
                options,
                List.of(RankingMeasures.ndcg()));

        assertThat(Files.readAllLines(RECORDED.resolve(output)))
                .filteredOn(line -> line.startsWith("num_q "))
                .singleElement()
                .asString()
                .endsWith("\tall\t" + evaluation.queries().size());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sets")
    void cutsReciprocalRankAsTrecEvalCutsTheRun(String set) throws IOException {
        // Given
        List<String> recorded = recorded(set + ".M10.out").get("recip_rank");

        TrecRun run = TrecRun.read(RECORDED.resolve(set + ".run"));

        // When
        Evaluation evaluation = Evaluation.of(
                Qrels.read(RECORDED.resolve(set + ".qrels")), run, DEFAULT, List.of(RankingMeasures.recipRank(10)));

        // Then
        assertThat(printed(evaluation, run)).containsExactly(Map.entry("recip_rank_cut_10", recorded));
    }

    static Stream<String> sets() {
        return Stream.of("plain", "ties", "negative");
    }

    /** "query value" lines by measure, sorted; the counts left out. */
    private static Map<String, List<String>> recorded(String output) throws IOException {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String line : Files.readAllLines(RECORDED.resolve(output))) {
            String[] fields = line.split("\\s+", -1);
            if (!COUNTS.contains(fields[0])) {
                values.computeIfAbsent(fields[0], measure -> new ArrayList<>()).add(fields[1] + " " + fields[2]);
            }
        }
        values.values().forEach(lines -> lines.sort(null));
        return values;
    }

    /** The same lines from ours. Queries that the run lacks count in trec_eval's mean, but it prints no line for them. */
    private static Map<String, List<String>> printed(Evaluation evaluation, TrecRun run) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (String measure : evaluation.measures()) {
            List<String> values = new ArrayList<>();
            evaluation.byQuery(measure).forEach((query, value) -> {
                if (run.queries().contains(query)) {
                    values.add(line(query, value));
                }
            });
            values.add(line("all", evaluation.mean(measure)));
            values.sort(null);
            lines.put(measure, values);
        }
        return lines;
    }

    /** Rounded as C's printf rounds: the binary value exactly, halves to even. */
    private static String line(String query, double value) {
        return query + " " + new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN);
    }
}
