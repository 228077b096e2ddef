package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Pairs a second in serving: {@code serving_speed.py} runs it beside other ways to run the same checkpoints on the same
 * texts. A run has parts: {@code ids} measures forward passes alone, {@code text} the worker's way from text to score
 * with nothing remembered of it, {@code known} the same with documents whose token ids are remembered, and
 * {@code states} documents of which a causal model has read a share before.
 */
@Command(name = "serving-speed", mixinStandardHelpOptions = true)
public final class ServingSpeed implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SEED = 20;
    private static final int VOCABULARY = 30_522;
    private static final double NANOS = 1e9;

    @Option(
            names = "--run",
            required = true,
            description = "NAME=FOLDER,FILE,PARTS: a checkpoint, lists to score (a JSON object a line, with query and"
                    + " documents) and parts joined by +. May be given again.")
    private Map<String, String> runs = Map.of();

    @Option(
            names = "--make",
            description = "SIZE=FOLDER: makes a checkpoint of random weights there, unless it is there.")
    private Map<String, Path> made = Map.of();

    @Option(names = "--tokenizer", description = "A checkpoint whose tokenizer those that are made get.")
    private Path tokenizer = Path.of(".");

    @Option(names = "--device", defaultValue = "gpu", description = "auto, cpu, gpu, gpu:1.")
    private String device = "gpu";

    @Option(names = "--dtype", defaultValue = "bfloat16", description = "float32 or bfloat16.")
    private String dtype = "bfloat16";

    @Option(
            names = "--operators",
            split = ",",
            defaultValue = "auto",
            description =
                    "As streamrank.model.operators. Those called none are measured besides, if others come first.")
    private List<String> operators = List.of();

    @Option(names = "--budgets", split = ",", defaultValue = "65536", description = "Tokens of a forward pass to try.")
    private List<Integer> budgets = List.of();

    @Option(names = "--in-flight", split = ",", defaultValue = "2", description = "Passes at a time to try.")
    private List<Integer> inFlight = List.of();

    @Option(names = "--transaction-pairs", defaultValue = "8192", description = "Pairs of a transaction, about.")
    private int transactionPairs;

    @Option(names = "--percents", split = ",", defaultValue = "0,50,90,100", description = "Of documents known.")
    private List<Integer> percents = List.of();

    @Option(names = "--state-bytes", defaultValue = "34359738368", description = "For what is known of documents.")
    private long stateBytes;

    @Option(names = "--max-length", defaultValue = "512", description = "The longest pair in tokens.")
    private int maxLength;

    @Option(names = "--seconds", defaultValue = "1", description = "For how long each is measured at least.")
    private double seconds;

    @Option(names = "--time", defaultValue = "120", description = "Seconds after which nothing more is begun.")
    private double time;

    @Option(names = "--compared", defaultValue = "256", description = "Leading pairs whose scores are told.")
    private int compared;

    @Option(names = "--output", required = true, description = "The JSON file to write, anew after each measurement.")
    private Path output = Path.of("ours.json");

    private final long began = System.nanoTime();
    private final ArrayNode all = JSON.createArrayNode();

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ServingSpeed()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        made.entrySet().parallelStream().forEach(one -> make(one.getKey(), one.getValue()));
        for (String library : operators) {
            for (Map.Entry<String, String> run : runs.entrySet()) {
                String[] told = run.getValue().split(",", 3);
                try (Run measured = new Run(run.getKey(), Path.of(told[0]), requests(Path.of(told[1])), library)) {
                    for (String part : told[2].split("\\+", -1)) {
                        if ((System.nanoTime() - began) / NANOS > time) {
                            measured.node(part).put("failed", "out of time");
                        } else {
                            measured.part(part);
                        }
                        save();
                    }
                }
            }
        }
        return 0;
    }

    private void make(String size, Path folder) {
        try {
            if (!Files.exists(folder)) {
                RandomCheckpoint.of(size, VOCABULARY, SEED).write(folder, tokenizer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void save() throws IOException {
        JSON.writerWithDefaultPrettyPrinter().writeValue(output.toFile(), all);
    }

    private static List<RerankRequest> requests(Path file) throws IOException {
        List<RerankRequest> requests = new ArrayList<>();
        try (Stream<String> lines = Files.lines(file)) {
            for (String line : (Iterable<String>) lines::iterator) {
                JsonNode list = JSON.readTree(line);
                List<Candidate> candidates = new ArrayList<>();
                for (JsonNode text : list.path("documents")) {
                    candidates.add(new Candidate("" + candidates.size(), text.asText(), null));
                }
                Query query = new Query(null, list.path("query").asText());
                requests.add(new RerankRequest("" + requests.size(), query, candidates, null, null, null, Map.of()));
            }
        }
        return requests;
    }

    /** One checkpoint on one file of lists, with one library of operators. */
    private final class Run implements AutoCloseable {
        private final String name;
        private final Path folder;
        private final List<RerankRequest> requests;
        private final String library;
        private int bestBudget = budgets.get(0);
        private int bestInFlight = inFlight.get(0);
        private @Nullable Reranker loaded;
        private @Nullable ModelSettings settings;

        Run(String name, Path folder, List<RerankRequest> requests, String library) {
            this.name = name;
            this.folder = folder;
            this.requests = requests;
            this.library = library;
        }

        ObjectNode node(String part) {
            return all.addObject().put("name", name).put("part", part).put("operators", library);
        }

        void part(String part) throws InterruptedException {
            switch (part) {
                case "ids" -> ids();
                case "text" -> text(part, 0);
                case "known" -> text(part, ModelSettings.DEFAULT_TOKEN_CACHE);
                case "states" -> states();
                default -> throw new IllegalArgumentException("'" + part + "' is no part: ids, text, known, states");
            }
        }

        /** Loads it, unless it is loaded like this from the part before. */
        private Reranker load(long tokenCache, long states, int longest) {
            ModelSettings wanted = ModelSettings.defaults()
                    .withDevice(device)
                    .withDtype(dtype)
                    .withMaxLength(longest)
                    .withTokenCache(tokenCache)
                    .withStateCache(states, false)
                    .withOperators(library);
            if (loaded == null || !wanted.equals(settings)) {
                close();
                settings = wanted;
                loaded = Rerankers.load(folder, name, wanted);
            }
            return loaded;
        }

        @Override
        public void close() {
            if (loaded != null) {
                loaded.close();
                loaded = null;
            }
        }

        private void ids() throws InterruptedException {
            Reranker reranker = load(0, 0, maxLength);
            List<EncodedPair> pairs = requests.parallelStream()
                    .map(reranker::encode)
                    .flatMap(List::stream)
                    .toList();
            double best = 0;
            for (int budget : budgets) {
                for (int passes : inFlight) {
                    Speed speed = new PassSpeed(reranker, pairs, budget, passes).measure(seconds);
                    ObjectNode node = node("ids");
                    node.put("budget", budget).put("in_flight", passes);
                    speed.tell(node);
                    say(node);
                    if (speed.pairs() / speed.seconds() > best) {
                        best = speed.pairs() / speed.seconds();
                        bestBudget = budget;
                        bestInFlight = passes;
                    }
                }
            }
            ArrayNode scores = node("scores").putArray("scores");
            for (float score : reranker.score(pairs.subList(0, Math.min(compared, pairs.size())))) {
                scores.add(score);
            }
        }

        private void text(String part, long tokenCache) throws InterruptedException {
            Reranker reranker = load(tokenCache, 0, maxLength);
            ObjectNode node = node(part);
            node.put("budget", bestBudget)
                    .put("in_flight", bestInFlight)
                    .put("tokenizing_threads", Runtime.getRuntime().availableProcessors())
                    .put("transaction_pairs", transactionPairs);
            new TextSpeed(
                            reranker,
                            requests,
                            transactionPairs,
                            new BatchPolicy(bestBudget, BatchPolicy.DEFAULT_BATCH_PAIRS, bestInFlight))
                    .measure(seconds, node);
            node.put("token_cache_bytes", reranker.tokenCache().bytes());
            say(node);
        }

        /** All lists' documents under the first query and then under the last; none is cut, so that they begin alike. */
        private void states() {
            List<String> documents = requests.stream()
                    .flatMap(request -> request.candidates().stream().map(Candidate::text))
                    .toList();
            String first = requests.get(0).query().text();
            String last = requests.get(requests.size() - 1).query().text();
            for (long bytes : List.of(0L, stateBytes)) {
                Reranker reranker = load(0, bytes, 0);
                MemorySpeed speed = new MemorySpeed(
                        reranker, reranker.encode(first, documents), reranker.encode(last, documents), bestBudget);
                for (int percent : bytes == 0 ? List.of(0) : percents) {
                    ObjectNode node = node("states");
                    node.put("budget", bestBudget).put("state_bytes", bytes).put("known_percent", percent);
                    speed.measure(percent, seconds, node);
                    node.put("used_bytes", reranker.stateCache().bytes());
                    say(node);
                }
            }
        }
    }

    private static void say(ObjectNode node) {
        System.out.println("streamrank " + node);
        System.out.flush();
    }
}
