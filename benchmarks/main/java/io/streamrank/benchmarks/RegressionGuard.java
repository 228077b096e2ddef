package io.streamrank.benchmarks;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.PairList;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.benchmarks.TimedRounds.Turn;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A few minutes' measurement of what must not become slower. Each thing is compared with a peer that does not change with
 * this code, in the same run and in turns, and the ratio with the one recorded last: so the verdict depends little on the
 * machine and on how busy it is. Ends with 1 where a ratio has fallen by more than the tolerance.
 */
@Command(name = "guard", mixinStandardHelpOptions = true)
public final class RegressionGuard implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path MODEL = Path.of("models/minilm-l6-reranker");

    /** About as many words as a passage of MS MARCO has. */
    private static final int WORDS = 55;

    private static final int DEPTH = 20;
    private static final String RATIOS = "ratios";

    @Option(
            names = "--recorded",
            defaultValue = "benchmarks/results/guard.json",
            description = "The ratios recorded last.")
    private Path recorded = Path.of("");

    @Option(names = "--record", description = "Writes what was measured there, in place of comparing.")
    private boolean record;

    @Option(names = "--tolerance", defaultValue = "0.15", description = "The share by which a ratio may fall.")
    private double tolerance;

    @Option(names = "--rounds", defaultValue = "9", description = "How often each side has its turn.")
    private int rounds;

    @Option(names = "--home", defaultValue = ".", description = "The project's folder, after it was built.")
    private Path home = Path.of("");

    @Option(names = "--revision", defaultValue = "unknown", description = "The commit that is measured.")
    private String revision = "";

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new RegressionGuard()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Environment environment = new Environment(revision);
        Map<String, Double> measured = measure();
        if (record) {
            ObjectNode all = JSON.createObjectNode().put("benchmark", "guard").put("rounds", rounds);
            ObjectNode ratios = all.putObject(RATIOS);
            measured.forEach((name, ratio) -> ratios.put(name, TimedRounds.rounded(ratio)));
            environment.tell(all.putObject("environment"));
            JSON.writerWithDefaultPrettyPrinter().writeValue(recorded.toFile(), all);
            return 0;
        }
        JsonNode last = JSON.readTree(recorded.toFile());
        GuardReport report = GuardReport.of(ratios(last.path(RATIOS)), measured, tolerance);
        report.lines().forEach(System.out::println);
        ObjectNode here = JSON.createObjectNode();
        environment.tell(here);
        JsonNode there = last.path("environment");
        if (!here.path("instructions").equals(there.path("instructions"))) {
            System.out.println("Recorded on a CPU with other instructions: record anew on this one to compare.");
        }
        System.out.println(
                report.regressed()
                        ? "Something has become slower. If that is meant, record it with --record and say why."
                        : "Nothing has become slower by more than " + Math.round(100 * tolerance) + "%.");
        return report.regressed() ? 1 : 0;
    }

    private static Map<String, Double> ratios(JsonNode node) {
        Map<String, Double> ratios = new TreeMap<>();
        node.properties()
                .forEach(each -> ratios.put(each.getKey(), each.getValue().asDouble()));
        return ratios;
    }

    private Map<String, Double> measure() throws Exception {
        Map<String, Double> ratios = new TreeMap<>();
        List<SamplePassages> texts = SamplePassages.read(1, DEPTH, WORDS);
        ModelSettings settings =
                ModelSettings.defaults().withDevice("cpu").withThreads(1).withTokenCache(0);
        Path onnx = Files.createTempFile("streamrank", ".onnx");
        OnnxBert.write(MODEL, onnx);
        try (Reranker float32 = Rerankers.load(MODEL, "minilm", settings.withDtype("float32"));
                Reranker bfloat16 = Rerankers.load(MODEL, "minilm", settings.withDtype("bfloat16"));
                OnnxScorer peer = new OnnxScorer(onnx, 1)) {
            models(ratios, float32, bfloat16, peer, texts);
            tokenizing(ratios, float32);
        } finally {
            Files.delete(onnx);
        }
        ratios.put("worker/plain loop", PipelineSpeed.workerToPlainLoop(home, rounds));
        return ratios;
    }

    private void models(
            Map<String, Double> ratios,
            Reranker float32,
            Reranker bfloat16,
            OnnxScorer peer,
            List<SamplePassages> texts)
            throws Exception {
        List<EncodedPair> pairs = new ArrayList<>();
        texts.forEach(text -> pairs.addAll(float32.encode(text.query(), text.documents())));
        Map<String, Turn> sides = new LinkedHashMap<>();
        sides.put("peer", TimedRounds.whole(() -> peer.score(pairs, 1)));
        sides.put("float32", TimedRounds.whole(() -> ScorerAlone.score(float32, pairs)));
        sides.put("bfloat16", TimedRounds.whole(() -> ScorerAlone.score(bfloat16, pairs)));
        TimedRounds timed = TimedRounds.of(sides, rounds);
        ratios.put("float32/ONNX Runtime", timed.timesAsFast("float32", "peer"));
        ratios.put("bfloat16/ONNX Runtime", timed.timesAsFast("bfloat16", "peer"));
    }

    /** Beside the tokenizer library's own interface, which gives much more than ids. */
    private void tokenizing(Map<String, Double> ratios, Reranker reranker) throws Exception {
        List<SamplePassages> texts = SamplePassages.read(50, DEPTH, 0);
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.builder()
                .optTokenizerPath(MODEL.resolve("tokenizer.json"))
                .optTruncation(true)
                .optMaxLength(reranker.maxLength())
                .build()) {
            Map<String, Turn> sides = new LinkedHashMap<>();
            sides.put("peer", TimedRounds.whole(() -> {
                for (SamplePassages text : texts) {
                    PairList<String, String> pairs = new PairList<>();
                    text.documents().forEach(document -> pairs.add(text.query(), document));
                    tokenizer.batchEncode(pairs);
                }
            }));
            sides.put("ours", TimedRounds.whole(() -> {
                for (SamplePassages text : texts) {
                    reranker.encode(text.query(), text.documents());
                }
            }));
            ratios.put("tokenizing/DJL", TimedRounds.of(sides, rounds).timesAsFast("ours", "peer"));
        }
    }
}
