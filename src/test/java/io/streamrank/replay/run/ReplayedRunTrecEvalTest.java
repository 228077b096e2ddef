package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.model.Reranker;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.replay.report.ReplayReader;
import io.streamrank.replay.report.ReplayReport;
import io.streamrank.replay.report.Report;
import io.streamrank.replay.report.TestingSettings;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.testing.TestingReranker;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A model that gives the scores of a recorded run is replayed over its lists: the run that the replay writes, and the
 * report on it, are worth what trec_eval 9.0.8 printed of the recorded one.
 */
class ReplayedRunTrecEvalTest {
    private static final Path RECORDED = Path.of("src/test/resources/trec_eval");
    private static final Set<String> COUNTS = Set.of("num_q", "num_ret", "num_rel", "num_rel_ret");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path out;

    ReplayedRunTrecEvalTest(@TempDir Path temporary) {
        out = temporary.resolve("out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "ties", "negative"})
    void theRunIsWorthWhatTrecEvalPrinted(String set) throws Exception {
        Qrels qrels = Qrels.read(RECORDED.resolve(set + ".qrels"));

        replay(lists(TrecRun.read(RECORDED.resolve(set + ".run"))));

        TrecRun written = TrecRun.read(out.resolve("run.model.trec"));
        Map<String, EvaluationOptions> options =
                Map.of("", EvaluationOptions.DEFAULT, ".l2", EvaluationOptions.DEFAULT.withRelevantFrom(2));
        for (Map.Entry<String, EvaluationOptions> option : options.entrySet()) {
            Map<String, String> printed = printed(set + option.getKey() + ".out");
            Evaluation evaluation = Evaluation.of(
                    qrels,
                    written,
                    option.getValue(),
                    printed.keySet().stream().map(RankingMeasures::named).toList());
            Map<String, String> ours = new LinkedHashMap<>();
            printed.keySet().forEach(measure -> ours.put(measure, rounded(evaluation.mean(measure))));
            assertThat(ours).hasSize(22).isEqualTo(printed);
            assertThat(reported(qrels, option.getValue(), List.copyOf(printed.keySet())))
                    .isEqualTo(printed);
        }
    }

    private Map<String, String> reported(Qrels qrels, EvaluationOptions options, List<String> measures)
            throws IOException {
        ReplayReport report = Report.of(
                ReplayReader.open(out),
                TestingSettings.of().withMeasures(measures).withOptions(options).build(),
                new Report.Judgments(qrels, "fixture"));
        Map<String, String> means = new LinkedHashMap<>();
        report.contenders().stream()
                .filter(result -> result.name().equals("model"))
                .forEach(result ->
                        result.means().forEach((measure, mean) -> means.put(measure, rounded(mean.value()))));
        return means;
    }

    private void replay(List<Recorded> source) throws Exception {
        List<Reranker> models = List.of(new TestingReranker("model"));
        ObjectNode description = JSON.createObjectNode().put("version", 1);
        description.putArray("models").addObject().put("name", "model");
        ReplaySettings settings = new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, true, 7, 1 << 20);
        try (ReplayFolder folder = ReplayFolder.open(out);
                ListScoring scoring = new ListScoring(model -> new BatchPolicy(512, 16), Limits.DEFAULT, hung -> {})) {
            assertThat(new Replay(
                                    folder,
                                    new ListedSource(source, null),
                                    models,
                                    scoring,
                                    settings,
                                    null,
                                    distance -> {})
                            .run(description, () -> false))
                    .isPresent();
        }
    }

    /** The run's lists, each in an order of no meaning; what a text ends with is its score. */
    private static List<Recorded> lists(TrecRun run) {
        Random random = new Random(11);
        List<Recorded> lists = new ArrayList<>();
        for (String query : run.queries()) {
            List<Entry> entries = new ArrayList<>(run.ranking(query));
            Collections.shuffle(entries, random);
            List<Candidate> candidates = new ArrayList<>();
            for (Entry entry : entries) {
                candidates.add(new Candidate(entry.documentId(), "text " + entry.score(), null));
            }
            RerankRequest request = new RerankRequest(
                    "r" + lists.size(), new Query(query, "query"), candidates, null, null, null, Map.of());
            lists.add(new CandidateEvent(new SourcePosition("run", 0, lists.size()), null, Optional.empty(), request));
        }
        return lists;
    }

    /** The means, by measure. */
    private static Map<String, String> printed(String output) throws IOException {
        Map<String, String> means = new LinkedHashMap<>();
        for (String line : Files.readAllLines(RECORDED.resolve(output))) {
            String[] fields = line.split("\\s+", -1);
            if (fields[1].equals("all") && !COUNTS.contains(fields[0])) {
                means.put(fields[0], fields[2]);
            }
        }
        return means;
    }

    /** As C's printf rounds: the binary value exactly, halves to even. */
    private static String rounded(double value) {
        return new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN).toString();
    }
}
