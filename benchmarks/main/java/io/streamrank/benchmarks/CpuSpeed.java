package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.scoring.onnx.OnnxScoringModel;
import io.streamrank.benchmarks.TimedRounds.Turn;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The shipped checkpoint on a CPU, beside ONNX Runtime and langchain4j's scoring model with the same weights, the same
 * texts and as many threads. Before anything is timed the scores of all are compared.
 */
@Command(name = "cpu-speed", mixinStandardHelpOptions = true)
public final class CpuSpeed implements Callable<Integer> {
    static final String PEER = "onnxruntime_float32";

    static final String LANGCHAIN = "langchain4j";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of two ways to compute the same in float32. */
    private static final double TOLERANCE = 1e-3;

    private static final int TRIAL_ROUNDS = 3;
    private static final int DEPTH = 20;

    /** No text of the sample is cut, for each side cuts at another place. */
    private static final int MAX_LENGTH = 512;

    @Option(names = "--model", defaultValue = "models/minilm-l6-reranker", description = "A BERT checkpoint.")
    private Path model = Path.of("");

    @Option(names = "--queries", defaultValue = "3", description = "Questions of the sample, 20 candidates each.")
    private int queries;

    @Option(
            names = "--compared-queries",
            defaultValue = "15",
            description = "Questions on whose candidates the sides' scores are compared, untimed.")
    private int comparedQueries;

    @Option(names = "--words", split = ",", defaultValue = "0,55", description = "Words kept of documents; 0: all.")
    private List<Integer> words = List.of();

    @Option(names = "--threads", defaultValue = "0", description = "Threads of each side; 0: one for each core.")
    private int threads;

    @Option(names = "--rounds", defaultValue = "15", description = "How often each side has its turn.")
    private int rounds;

    @Option(
            names = "--batch-sizes",
            split = ",",
            defaultValue = "1,4,8,16,32,64",
            description = "Batches that ONNX Runtime is tried with; the fastest counts.")
    private List<Integer> batchSizes = List.of();

    @Option(names = "--revision", defaultValue = "unknown", description = "The commit that is measured.")
    private String revision = "";

    @Option(names = "--output", required = true, description = "The JSON file to write.")
    private Path output = Path.of("cpu.json");

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new CpuSpeed()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        int used = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        Environment environment = new Environment(revision);
        ObjectNode all = JSON.createObjectNode().put("benchmark", "cpu-speed");
        all.put("model", model.getFileName().toString()).put("threads", used);
        Path onnx = Files.createTempFile("streamrank", ".onnx");
        OnnxBert.write(model, onnx);
        ModelSettings settings = ModelSettings.defaults()
                .withDevice("cpu")
                .withThreads(used)
                .withMaxLength(MAX_LENGTH)
                .withTokenCache(0);
        try (Reranker chosen = load(settings);
                Reranker float32 = load(settings.withDtype("float32"));
                Reranker bfloat16 = load(settings.withDtype("bfloat16"));
                OnnxScorer peer = new OnnxScorer(onnx, used);
                OnnxScoringModel langchain = new OnnxScoringModel(
                        onnx.toString(),
                        OnnxScorer.options(used),
                        model.resolve("tokenizer.json").toString(),
                        MAX_LENGTH,
                        false)) {
            all.put("worker_chooses", chosen.dtype());
            for (int kept : words) {
                ObjectNode part = all.withArray("texts").addObject().put("words_kept", kept);
                Comparison comparison = new Comparison(float32, bfloat16, chosen, peer, langchain);
                comparison.agree(part, SamplePassages.read(comparedQueries, DEPTH, kept));
                comparison.measure(part, SamplePassages.read(queries, DEPTH, kept));
                System.out.println(part);
            }
        } finally {
            Files.delete(onnx);
        }
        environment.tell(all.putObject("environment"));
        JSON.writerWithDefaultPrettyPrinter().writeValue(output.toFile(), all);
        return 0;
    }

    private Reranker load(ModelSettings settings) {
        return Rerankers.load(model, "minilm", settings);
    }

    /** All sides on the same texts. */
    private final class Comparison {
        private final Reranker float32;
        private final Reranker bfloat16;
        private final Reranker chosen;
        private final OnnxScorer peer;
        private final OnnxScoringModel langchain;

        Comparison(Reranker float32, Reranker bfloat16, Reranker chosen, OnnxScorer peer, OnnxScoringModel langchain) {
            this.float32 = float32;
            this.bfloat16 = bfloat16;
            this.chosen = chosen;
            this.peer = peer;
            this.langchain = langchain;
        }

        /** Whether all compute the same. */
        void agree(ObjectNode node, List<SamplePassages> texts) throws Exception {
            List<EncodedPair> pairs = encoded(float32, texts);
            float[] exact = peer.score(pairs, 1);
            ObjectNode told = node.putObject("agreement").put("pairs", pairs.size());
            agree(told, "float32", exact, ScorerAlone.score(float32, pairs), TOLERANCE);
            agree(told, "bfloat16", exact, ScorerAlone.score(bfloat16, pairs), Double.POSITIVE_INFINITY);
            agree(told, LANGCHAIN, exact, langchainScores(texts), TOLERANCE);
        }

        void measure(ObjectNode node, List<SamplePassages> texts) throws Exception {
            List<EncodedPair> pairs = encoded(float32, texts);
            node.put("pairs", pairs.size())
                    .put("mean_tokens", TimedRounds.rounded((double) tokens(pairs) / pairs.size()));
            int best = fastestBatch(node, pairs);
            Map<String, Turn> models = new LinkedHashMap<>();
            models.put(PEER, TimedRounds.whole(() -> peer.score(pairs, best)));
            models.put("float32", TimedRounds.whole(() -> ScorerAlone.score(float32, pairs)));
            models.put("bfloat16", TimedRounds.whole(() -> ScorerAlone.score(bfloat16, pairs)));
            TimedRounds.of(models, rounds).tell(node.putObject("ids_to_scores"), pairs.size(), "pairs", List.of(PEER));
            Map<String, Turn> whole = new LinkedHashMap<>();
            whole.put(LANGCHAIN, TimedRounds.whole(() -> langchainScores(texts)));
            whole.put("float32", TimedRounds.whole(() -> ScorerAlone.score(float32, encoded(float32, texts))));
            whole.put("worker_choice", TimedRounds.whole(() -> ScorerAlone.score(chosen, encoded(chosen, texts))));
            TimedRounds.of(whole, rounds)
                    .tell(node.putObject("text_to_scores"), pairs.size(), "pairs", List.of(LANGCHAIN));
        }

        private List<EncodedPair> encoded(Reranker reranker, List<SamplePassages> texts) {
            List<EncodedPair> encoded = new ArrayList<>();
            texts.forEach(text -> encoded.addAll(reranker.encode(text.query(), text.documents())));
            return encoded;
        }

        private long tokens(List<EncodedPair> pairs) {
            return pairs.stream().mapToLong(EncodedPair::tokens).sum();
        }

        private int fastestBatch(ObjectNode node, List<EncodedPair> pairs) throws Exception {
            Map<String, Turn> sizes = new LinkedHashMap<>();
            batchSizes.forEach(
                    size -> sizes.put(Integer.toString(size), TimedRounds.whole(() -> peer.score(pairs, size))));
            TimedRounds trial = TimedRounds.of(sizes, TRIAL_ROUNDS);
            int best = batchSizes.stream()
                    .min(Comparator.comparingDouble(size -> trial.medianSeconds(Integer.toString(size))))
                    .orElseThrow();
            node.put("onnxruntime_batch", best);
            trial.tell(node.putObject("onnxruntime_batches"), pairs.size(), "pairs", List.of());
            return best;
        }

        private float[] langchainScores(List<SamplePassages> texts) {
            List<Double> scores = new ArrayList<>();
            for (SamplePassages text : texts) {
                scores.addAll(langchain
                        .scoreAll(
                                text.documents().stream().map(TextSegment::from).toList(), text.query())
                        .content());
            }
            float[] given = new float[scores.size()];
            IntStream.range(0, given.length)
                    .forEach(i -> given[i] = scores.get(i).floatValue());
            return given;
        }

        private void agree(ObjectNode node, String name, float[] exact, float[] given, double allowed) {
            double difference = IntStream.range(0, exact.length)
                    .mapToDouble(i -> Math.abs((double) exact[i] - given[i]))
                    .max()
                    .orElse(0);
            if (difference > allowed) {
                throw new IllegalStateException(
                        name + " is off by " + difference + " from ONNX Runtime, allowed: " + allowed);
            }
            ObjectNode told = node.putObject(name);
            told.put("largest_difference", TimedRounds.rounded(difference));
            told.put("rank_correlation", new SpearmansCorrelation().correlation(doubles(exact), doubles(given)));
        }

        private double[] doubles(float[] values) {
            return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
        }
    }
}
