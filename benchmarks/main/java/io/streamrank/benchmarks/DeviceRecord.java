package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.contract.Candidate;
import io.streamrank.model.DeviceFault;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a device computes, against the CPU in float32: every family's small golden checkpoint, the shipped checkpoint on
 * real text, causal models of published sizes with and without memory, and thousands of batches over which neither
 * scores nor device memory may drift. Writes a JSON file; {@code benchmarks/README.md} says how to run it.
 */
@Command(name = "device-record", mixinStandardHelpOptions = true, description = "Records what a device computes.")
public final class DeviceRecord implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final Path CHECKPOINT = Path.of("models/minilm-l6-reranker");
    private static final Path SAMPLE = Path.of("samples/squad11-dev");
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final int DEPTH = 20;
    private static final int SEED = 20;
    private static final int VOCABULARY = 30_522;
    /** Pairs of the largest batch of the long run. */
    private static final int LARGEST = 400;

    private static final int TIMES = 3;
    private static final long STATES = 4L << 30;
    /** Documents that a golden checkpoint's memory holds in the long run, fewer than there are. */
    private static final int FEW = 3;

    /** Pairs of a batch that should be too large for any device. */
    private static final int MOST = 500_000;

    /** Lines kept of an error's message. */
    private static final int LINES = 12;

    private static final int DOCUMENT_WORDS = 330;

    @Option(
            names = "--device",
            defaultValue = "gpu",
            description = "auto, cpu, gpu, gpu:1 (default: ${DEFAULT-VALUE}).")
    private String device = "gpu";

    @Option(names = "--batches", defaultValue = "10000", description = "Batches of the long run.")
    private int batches;

    @Option(names = "--batch-tokens", defaultValue = "65536", description = "Tokens of a full forward pass.")
    private int batchTokens;

    @Option(names = "--documents", defaultValue = "50", description = "Documents of the memory's measurement.")
    private int documents;

    @Option(names = "--queries", defaultValue = "100", description = "Queries of the sample, 20 candidates each.")
    private int limit;

    @Option(
            names = "--cpu-queries",
            defaultValue = "10",
            description = "As many of them for causal models on the CPU, which takes its time.")
    private int cpuQueries;

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "golden,shipped,causal",
            description = "What to record (default: ${DEFAULT-VALUE}); faults besides, which a GPU does not survive.")
    private List<String> parts = List.of();

    @Option(
            names = "--sizes",
            split = ",",
            defaultValue = "mamba-130m,mamba2-130m,qwen3-0.6b",
            description = "Which causal models of random weights (default: ${DEFAULT-VALUE}).")
    private List<String> sizes = List.of();

    @Option(names = "--work", required = true, description = "An empty folder for checkpoints made by the way.")
    private Path work = Path.of(".");

    @Option(names = "--output", required = true, description = "The JSON file to write.")
    private Path output = Path.of("record.json");

    @Option(names = "--revision", defaultValue = "unknown", description = "The revision of the sources measured.")
    private String revision = "unknown";

    private final List<String> queries = new ArrayList<>();
    private final List<List<String>> candidates = new ArrayList<>();

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new DeviceRecord()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        readSample();
        ObjectNode record = JSON.createObjectNode();
        record.set("environment", environment());
        save(record);
        if (parts.contains("golden")) {
            record.set("golden", golden());
            save(record);
        }
        if (parts.contains("shipped")) {
            record.set("minilm-l6-reranker", shipped());
            save(record);
        }
        if (parts.contains("causal")) {
            ObjectNode causal = record.putObject("random weights of published sizes");
            for (String size : sizes) {
                causal(size, causal, record);
            }
        }
        if (parts.contains("faults")) {
            faults(record.putObject("faults"), record);
        }
        return 0;
    }

    private void save(ObjectNode record) throws IOException {
        JSON.writeValue(output.toFile(), record);
    }

    private void readSample() throws IOException {
        CandidateLists lists = CandidateLists.read(new BeirFolder(SAMPLE, null), DEPTH);
        for (CandidateList list :
                StreamSupport.stream(lists.spliterator(), false).limit(limit).toList()) {
            queries.add(list.query().text());
            candidates.add(list.candidates().stream().map(Candidate::text).toList());
        }
    }

    private ObjectNode environment() throws IOException {
        ObjectNode environment = JSON.createObjectNode();
        environment.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        environment.put("revision", revision);
        environment.put("java", Runtime.version().toString());
        environment.put("cores", Runtime.getRuntime().availableProcessors());
        environment.put("libtorch", System.getenv().getOrDefault("LIBTORCH_DESCRIPTION", "as released with DJL"));
        environment.put("djl", "0.35.1");
        if (onGpu()) {
            environment.put("gpu", nvidia("name"));
            environment.put("driver", nvidia("driver_version"));
        }
        return environment;
    }

    private boolean onGpu() {
        return device.startsWith("gpu");
    }

    private static String nvidia(String field) throws IOException {
        Process process =
                new ProcessBuilder("nvidia-smi", "--query-gpu=" + field, "--format=csv,noheader,nounits").start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("")
                .strip();
    }

    private long memoryMiB() throws IOException {
        return onGpu() ? Long.parseLong(nvidia("memory.used")) : 0;
    }

    private Reranker load(Path folder, String where, String dtype, long states, boolean onHost) {
        return Rerankers.load(
                folder,
                "recorded",
                ModelSettings.defaults().withDevice(where).withDtype(dtype).withStateCache(states, onHost));
    }

    private ObjectNode golden() throws IOException {
        ObjectNode all = JSON.createObjectNode();
        List<Path> folders;
        try (Stream<Path> found = Files.list(GOLDEN)) {
            folders = found.sorted().toList();
        }
        for (Path folder : folders) {
            List<EncodedPair> pairs = new ArrayList<>();
            List<Double> expected = new ArrayList<>();
            for (JsonNode pair :
                    JSON.readTree(folder.resolve("golden.json").toFile()).path("pairs")) {
                int[] ids = JSON.convertValue(pair.path("input_ids"), int[].class);
                int[] types = pair.hasNonNull("token_type_ids")
                        ? JSON.convertValue(pair.path("token_type_ids"), int[].class)
                        : new int[0];
                pairs.add(new EncodedPair(ids, types, false));
                expected.add(pair.path("score").asDouble());
            }
            ObjectNode family = all.putObject(String.valueOf(folder.getFileName()));
            family.put("pairs", pairs.size());
            double[] exact = expected.stream().mapToDouble(score -> score).toArray();
            for (String dtype : List.of("float32", "bfloat16")) {
                try (Reranker reranker = load(folder, device, dtype, 0, false)) {
                    compare(family.putObject(dtype), exact, doubles(reranker.score(pairs)));
                }
            }
            goldenMemory(family, folder);
            say("golden " + folder.getFileName() + ": " + family);
        }
        return all;
    }

    /** Every document of a causal family's golden checkpoint under every query, from what is remembered of it. */
    private void goldenMemory(ObjectNode family, Path folder) throws IOException {
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile()).path("pairs");
        for (String dtype : List.of("float32", "bfloat16")) {
            try (Reranker forgetful = load(folder, device, dtype, 0, false);
                    Reranker reranker = load(folder, device, dtype, STATES / 64, false)) {
                List<String> texts = new ArrayList<>();
                golden.forEach(pair -> texts.add(pair.path("document").asText()));
                List<EncodedPair> pairs = new ArrayList<>();
                golden.forEach(
                        pair -> pairs.addAll(reranker.encode(pair.path("query").asText(), texts)));
                if (pairs.get(0).prefixTokens() == 0) {
                    return;
                }
                double[] expected = doubles(forgetful.score(pairs));
                ObjectNode node = family.putObject(dtype + " with memory, against without");
                reranker.score(pairs);
                compare(node, expected, doubles(reranker.score(pairs)));
                node.put("saved tokens", reranker.savedTokens());
                if (dtype.equals("bfloat16")) {
                    long bytes = reranker.stateCache().bytes() * FEW / texts.size();
                    evictions(family.putObject("with memory for a few documents"), folder, bytes, pairs);
                }
            }
        }
    }

    /** Many batches with room for a few documents, so that one is given up for another all the time. */
    private void evictions(ObjectNode node, Path folder, long bytes, List<EncodedPair> pairs) throws IOException {
        try (Reranker reranker = load(folder, device, "bfloat16", bytes, false)) {
            longRun(node, reranker, pairs, doubles(reranker.score(pairs)), batches / 10);
            node.set("cache", JSON.valueToTree(reranker.stateCache()));
        }
    }

    private ObjectNode shipped() throws IOException {
        ObjectNode node = JSON.createObjectNode();
        double[] exact;
        List<EncodedPair> pairs;
        try (Reranker reranker = load(CHECKPOINT, "cpu", "float32", 0, false)) {
            pairs = pairs(reranker, queries.size());
            node.put("pairs", pairs.size());
            node.put("tokens", tokens(pairs));
            exact = doubles(score(reranker, pairs));
        }
        try (Reranker reranker = load(CHECKPOINT, device, "bfloat16", 0, false)) {
            double[] scores = doubles(score(reranker, pairs));
            compare(node.putObject("bfloat16 against float32 on the CPU"), exact, scores);
            rankings(node, exact, scores);
            node.put("pairs per second, ids in, scores out", speed(reranker, pairs));
            longRun(node, reranker, pairs, scores, batches);
        }
        say("shipped: " + node);
        return node;
    }

    /** What a device says of a batch too large for it, and of a token id that the model does not have. */
    private void faults(ObjectNode node, ObjectNode record) throws IOException {
        Path folder = RandomCheckpoint.of(sizes.get(0), VOCABULARY, SEED).write(work.resolve("faults"), CHECKPOINT);
        try (Reranker reranker = load(folder, device, "bfloat16", 0, false)) {
            List<EncodedPair> pairs = pairs(reranker, Math.min(FEW, queries.size()));
            double[] expected = doubles(score(reranker, pairs));
            List<EncodedPair> more = pairs;
            ObjectNode memory = node.putObject("out of memory");
            while (!fails(memory, reranker, more) && more.size() < MOST) {
                more = Stream.concat(more.stream(), more.stream()).toList();
            }
            compare(node.putObject("afterwards, against before"), expected, doubles(score(reranker, pairs)));
            save(record);
            int[] ids = pairs.get(0).ids().clone();
            ids[1] = VOCABULARY;
            fails(node.putObject("unknown token id"), reranker, List.of(new EncodedPair(ids, new int[0], false)));
            fails(node.putObject("the batch after it"), reranker, pairs.subList(0, 1));
            save(record);
            say("faults: " + node);
            // Closing would wait for a device that is gone.
            Runtime.getRuntime().halt(0);
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, it is what is recorded
    private static boolean fails(ObjectNode node, Reranker reranker, List<EncodedPair> pairs) {
        node.put("pairs", pairs.size());
        node.put("tokens", tokens(pairs));
        try {
            reranker.score(pairs);
            node.put("failed", false);
            return false;
        } catch (Exception e) {
            node.put("failed", true);
            node.put("exception", e.getClass().getName());
            node.put(
                    "message",
                    String.valueOf(e.getMessage()).lines().limit(LINES).toList().toString());
            node.put("taken for", DeviceFault.of(e).name());
            return true;
        }
    }

    /** Rank correlation inside each query's list, which is what a reader of rankings sees. */
    private void rankings(ObjectNode node, double[] exact, double[] scores) {
        double least = 1;
        double sum = 0;
        int sameTop = 0;
        int at = 0;
        for (List<String> list : candidates) {
            double[] a = Arrays.copyOfRange(exact, at, at + list.size());
            double[] b = Arrays.copyOfRange(scores, at, at + list.size());
            double correlation = new SpearmansCorrelation().correlation(a, b);
            least = Math.min(least, correlation);
            sum += correlation;
            sameTop += top(a) == top(b) ? 1 : 0;
            at += list.size();
        }
        node.put("queries", candidates.size());
        node.put("rank correlation within a query, mean", sum / candidates.size());
        node.put("rank correlation within a query, least", least);
        node.put("queries with the same first document", sameTop);
    }

    private static int top(double[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    /**
     * Batches of all sizes, at random; device memory once every so often. The largest comes first, as the allocator keeps
     * what the largest batch needed.
     */
    private void longRun(ObjectNode node, Reranker reranker, List<EncodedPair> pairs, double[] expected, int count)
            throws IOException {
        Random random = new Random(SEED);
        double apart = 0;
        long scored = 0;
        boolean allFinite = true;
        List<Long> memory = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Integer> some = i == 0
                    ? longest(pairs)
                    : random.ints(1 + random.nextInt(1 + random.nextInt(LARGEST)), 0, pairs.size())
                            .boxed()
                            .toList();
            float[] scores = reranker.score(some.stream().map(pairs::get).toList());
            for (int j = 0; j < scores.length; j++) {
                allFinite &= Float.isFinite(scores[j]);
                apart = Math.max(apart, Math.abs(scores[j] - expected[some.get(j)]));
            }
            scored += scores.length;
            if (i % Math.max(1, count / 20) == 0 || i == count - 1) {
                memory.add(memoryMiB());
            }
        }
        ObjectNode run = node.putObject("long run");
        run.put("batches", count);
        run.put("pairs", scored);
        run.put("all scores finite", allFinite);
        run.put("largest difference from the first scores", apart);
        run.set("device memory in MiB, every 5%", JSON.valueToTree(memory));
    }

    private static List<Integer> longest(List<EncodedPair> pairs) {
        return IntStream.range(0, pairs.size())
                .boxed()
                .sorted(Comparator.comparingInt(index -> -pairs.get(index).tokens()))
                .limit(LARGEST)
                .toList();
    }

    private void causal(String name, ObjectNode all, ObjectNode record) throws IOException {
        RandomCheckpoint checkpoint = RandomCheckpoint.of(name, VOCABULARY, SEED);
        Path folder = checkpoint.write(work.resolve(name), CHECKPOINT);
        ObjectNode node = all.putObject(name);
        List<EncodedPair> pairs;
        double[] exact;
        try (Reranker reranker = load(folder, "cpu", "float32", 0, false)) {
            pairs = pairs(reranker, Math.min(cpuQueries, queries.size()));
            exact = doubles(score(reranker, pairs));
        }
        List<EncodedPair> every;
        double[] onDevice;
        try (Reranker reranker = load(folder, device, "float32", 0, false)) {
            every = pairs(reranker, queries.size());
            onDevice = doubles(score(reranker, every));
            compare(node.putObject("float32 against float32 on the CPU"), exact, Arrays.copyOf(onDevice, exact.length));
        }
        try (Reranker reranker = load(folder, device, "bfloat16", 0, false)) {
            double[] scores = doubles(score(reranker, every));
            compare(node.putObject("bfloat16 against float32 on the CPU"), exact, Arrays.copyOf(scores, exact.length));
            compare(node.putObject("bfloat16 against float32 on the device"), onDevice, scores);
            node.put("tokens per second", Math.round(speed(reranker, every) * tokens(every) / every.size()));
            longRun(node, reranker, every, scores, batches / 100);
        }
        // Room for a few of the sample's documents only, so that they are given up all the time.
        try (Reranker reranker = load(folder, device, "bfloat16", STATES / 64, false)) {
            double[] scores = doubles(score(reranker, every));
            longRun(node.putObject("with memory for a few"), reranker, every, scores, batches / 100);
            node.set("cache of the long run", JSON.valueToTree(reranker.stateCache()));
        }
        memory(node.putObject("documents remembered"), folder);
        say(name + ": " + node);
        save(record);
    }

    /** Long documents under many queries, with and without memory. */
    private void memory(ObjectNode node, Path folder) throws IOException {
        List<EncodedPair> pairs;
        for (String dtype : List.of("float32", "bfloat16")) {
            ObjectNode sub = node.putObject(dtype);
            double[] expected;
            double without;
            try (Reranker reranker = load(folder, device, dtype, 0, false)) {
                pairs = longPairs(reranker);
                expected = doubles(score(reranker, pairs));
                without = speed(reranker, pairs);
            }
            sub.put("pairs", pairs.size());
            sub.put("tokens of a document", pairs.get(0).prefixTokens());
            sub.put("tokens of a pair", pairs.get(0).tokens());
            sub.put("pairs per second without memory", without);
            for (boolean onHost : new boolean[] {false, true}) {
                try (Reranker reranker = load(folder, device, dtype, STATES, onHost)) {
                    ObjectNode with = sub.putObject(onHost ? "memory on the host" : "memory on the device");
                    double[] first = doubles(score(reranker, pairs));
                    double[] second = doubles(score(reranker, pairs));
                    compare(with.putObject("first time, against no memory"), expected, first);
                    compare(with.putObject("second time, against no memory"), expected, second);
                    compare(with.putObject("second time, against the first"), first, second);
                    with.put("pairs per second", speed(reranker, pairs));
                    with.set("cache", JSON.valueToTree(reranker.stateCache()));
                    with.put("device memory in MiB", memoryMiB());
                }
            }
        }
    }

    private List<EncodedPair> longPairs(Reranker reranker) {
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int words = 0;
        for (List<String> list : candidates) {
            for (String candidate : list) {
                for (String word : candidate.split(" ", -1)) {
                    text.append(word).append(' ');
                    words++;
                    if (words == DOCUMENT_WORDS && texts.size() < documents) {
                        texts.add(text.toString());
                        text.setLength(0);
                        words = 0;
                    }
                }
            }
        }
        List<EncodedPair> pairs = new ArrayList<>();
        for (String query : queries.subList(0, Math.min(DEPTH, queries.size()))) {
            pairs.addAll(reranker.encode(query, texts));
        }
        return pairs;
    }

    private List<EncodedPair> pairs(Reranker reranker, int count) {
        List<EncodedPair> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pairs.addAll(reranker.encode(queries.get(i), candidates.get(i)));
        }
        return pairs;
    }

    private static long tokens(List<EncodedPair> pairs) {
        return pairs.stream().mapToLong(EncodedPair::tokens).sum();
    }

    /** Pairs a second, the median of several times through all, which was scored before. */
    private double speed(Reranker reranker, List<EncodedPair> pairs) {
        double[] times = new double[TIMES];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            score(reranker, pairs);
            times[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(times);
        return Math.round(pairs.size() / times[times.length / 2]);
    }

    private float[] score(Reranker reranker, List<EncodedPair> pairs) {
        int budget = reranker.device().equals("cpu") ? BatchPolicy.DEFAULT_CPU_BATCH_TOKENS : batchTokens;
        int[] lengths = pairs.stream()
                .mapToInt(pair -> pair.tokens() - reranker.rememberedTokens(pair))
                .toArray();
        float[] scores = new float[pairs.size()];
        for (PlannedBatch batch :
                BatchPlanner.plan(lengths, new BatchPolicy(budget, BatchPolicy.DEFAULT_BATCH_PAIRS))) {
            float[] part = reranker.score(batch.pairs().stream().map(pairs::get).toList());
            for (int i = 0; i < part.length; i++) {
                scores[batch.pairs().get(i)] = part[i];
            }
        }
        return scores;
    }

    private static void compare(ObjectNode node, double[] expected, double[] actual) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        double apart = 0;
        boolean finite = true;
        for (int i = 0; i < expected.length; i++) {
            least = Math.min(least, expected[i]);
            most = Math.max(most, expected[i]);
            apart = Math.max(apart, Math.abs(expected[i] - actual[i]));
            finite &= Double.isFinite(actual[i]);
        }
        node.put("pairs", expected.length);
        node.put("all finite", finite);
        node.put("spread of the scores", most - least);
        node.put("largest difference", apart);
        node.put("largest difference relative to the spread", apart / (most - least));
        node.put("rank correlation", new SpearmansCorrelation().correlation(expected, actual));
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static void say(String line) {
        System.err.println(line);
    }
}
