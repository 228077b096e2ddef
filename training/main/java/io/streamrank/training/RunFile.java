package io.streamrank.training;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.TensorFile;
import io.streamrank.training.data.DataSet;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The properties file that describes a run. Every key has a place in the table of {@code docs/training.md}; one that is not
 * known is an error, as it would do nothing. Paths are taken from the file's own folder.
 */
final class RunFile {
    static final String PREFIX = "streamrank.train.";

    /** What every key is where the file does not say it; empty where it has to. */
    private static final Map<String, String> DEFAULTS = defaults();

    private static final Set<String> PATHS = Set.of("model", "data", "validation", "output");

    private final Path file;
    private final Map<String, String> values;

    /** Settings of data sets, by their names. */
    private final Map<String, Map<String, String>> sets;

    private RunFile(Path file, Map<String, String> values, Map<String, Map<String, String>> sets) {
        this.file = file;
        this.values = values;
        this.sets = sets;
    }

    private static Map<String, String> defaults() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("model", "");
        all.put("data", "");
        all.put("output", "");
        all.put("validation", "none");
        all.put("batch-size", "8");
        all.put("negatives", "7");
        all.put("in-batch-negatives", "0");
        all.put("epochs", "1");
        all.put("steps", "0");
        all.put("accumulate", "1");
        all.put("max-length", "0");
        all.put("seed", "1");
        all.put("device", "auto");
        all.put("dtype", "auto");
        all.put("threads", "0");
        all.put("micro-batch-tokens", "auto");
        all.put("recompute", "false");
        all.put("dropout", "checkpoint");
        all.put("attention-dropout", "checkpoint");
        all.put("loss.softmax", "1");
        all.put("loss.kl", "0");
        all.put("loss.temperature", "1");
        all.put("loss.margin", "0");
        all.put("loss.lambda", "0");
        all.put("loss.lambda-mu", "10");
        all.put("loss.pointwise", "0");
        all.put("learning-rate", "2e-5");
        all.put("schedule", "linear");
        all.put("warm-up", "0.1");
        all.put("beta1", "0.9");
        all.put("beta2", "0.999");
        all.put("epsilon", "1e-8");
        all.put("weight-decay", "0.01");
        all.put("decay-embeddings", "true");
        all.put("layer-decay", "1");
        all.put("freeze-embeddings", "false");
        all.put("clip-norm", "1");
        all.put("average-decay", "0");
        all.put("evaluate-every", "0");
        all.put("save-every", "0");
        all.put("weights", "float32");
        all.put("spike", "0");
        all.put("spikes-from", "100");
        all.put("skipped-max", "10");
        return all;
    }

    /** Keys with their defaults, in the order of the documentation. */
    static Map<String, String> keys() {
        return DEFAULTS;
    }

    /** @throws TrainingException naming the file and the key that is not known or missing */
    static RunFile read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> values = new LinkedHashMap<>(DEFAULTS);
        Map<String, Map<String, String>> sets = new LinkedHashMap<>();
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            String name = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
            String[] parts = name.split("\\.", 3);
            if (key.startsWith(PREFIX) && parts.length == 3 && parts[0].equals("data")) {
                sets.computeIfAbsent(parts[1], set -> new LinkedHashMap<>())
                        .put(parts[2], properties.getProperty(key).trim());
                continue;
            }
            if (!key.startsWith(PREFIX) || !DEFAULTS.containsKey(name)) {
                throw new TrainingException(file + ": key " + key + " is not known; docs/training.md has all of them");
            }
            values.put(name, properties.getProperty(key).trim());
        }
        RunFile run = new RunFile(file, values, sets);
        DEFAULTS.forEach((name, absent) -> {
            boolean elsewhere = name.equals("data") && !sets.isEmpty();
            if (absent.isEmpty() && run.text(name).isEmpty() && !elsewhere) {
                throw new TrainingException(file + ": " + PREFIX + name + " is missing");
            }
        });
        return run;
    }

    /** The data sets, their files taken from the file's own folder; {@code data} alone is one of lists. */
    List<DataSet> dataSets() {
        Map<String, Map<String, String>> all = new LinkedHashMap<>(sets);
        if (!text("data").isEmpty()) {
            all.put("lines", Map.of("groups", text("data")));
        }
        return checked(() -> {
            List<DataSet> opened = new ArrayList<>();
            all.forEach((name, settings) -> {
                Map<String, String> own = new LinkedHashMap<>(settings);
                own.putIfAbsent("negatives", text("negatives"));
                opened.add(DataSet.parse(name, own).in(path("")));
            });
            return opened;
        });
    }

    /** Every key with its value, paths made whole. */
    Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            boolean isPath = PATHS.contains(name) && !value.equals("none") && !value.isEmpty();
            all.put(PREFIX + name, isPath ? path(name).toString() : value);
        });
        for (DataSet set : dataSets()) {
            if (sets.containsKey(set.name())) {
                set.settings().forEach((key, value) -> all.put(PREFIX + "data." + set.name() + "." + key, value));
            }
        }
        return all;
    }

    /** Writes every key with its value, so that the copy says the same wherever it lies. */
    void copyTo(Path copy) throws IOException {
        Properties all = new Properties();
        settings().forEach(all::setProperty);
        try (Writer writer = Files.newBufferedWriter(copy)) {
            all.store(writer, null);
        }
    }

    Path path(String name) {
        return file.toAbsolutePath().resolveSibling(text(name));
    }

    String text(String name) {
        return values.getOrDefault(name, "");
    }

    int whole(String name) {
        return value(name, "a whole number", Integer::parseInt);
    }

    long seed() {
        return large("seed");
    }

    private long large(String name) {
        return value(name, "a whole number", Long::parseLong);
    }

    private double number(String name) {
        return value(name, "a number", Double::parseDouble);
    }

    private OptionalDouble zeros(String name) {
        return text(name).equals("checkpoint") ? OptionalDouble.empty() : OptionalDouble.of(number(name));
    }

    private boolean flag(String name) {
        return value(name, "true or false", text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        });
    }

    private <T> T value(String name, String expected, Function<String, T> reading) {
        try {
            return reading.apply(text(name));
        } catch (IllegalArgumentException e) {
            throw new TrainingException(file + ": " + PREFIX + name + " is " + text(name) + ", expected " + expected);
        }
    }

    /** @param onGpu whether the device it says is a GPU */
    LearnerSettings learner(boolean onGpu) {
        return checked(() -> new LearnerSettings(
                text("device"),
                whole("threads"),
                arithmetic(onGpu),
                microBatchTokens(onGpu),
                flag("recompute"),
                zeros("dropout"),
                zeros("attention-dropout"),
                large("seed"),
                loss(),
                optimizer()));
    }

    private int microBatchTokens(boolean onGpu) {
        if (text("micro-batch-tokens").equals("auto")) {
            return onGpu ? LearnerSettings.TOKENS_ON_GPU : LearnerSettings.TOKENS_ON_CPU;
        }
        return value("micro-batch-tokens", "auto or a whole number", Integer::parseInt);
    }

    private Arithmetic arithmetic(boolean onGpu) {
        return value("dtype", "auto, float32 or bfloat16", text -> switch (text) {
            case "auto" -> onGpu ? Arithmetic.BFLOAT16 : Arithmetic.FLOAT32;
            case "float32" -> Arithmetic.FLOAT32;
            case "bfloat16" -> Arithmetic.BFLOAT16;
            default -> throw new IllegalArgumentException(text);
        });
    }

    private LossSettings loss() {
        return new LossSettings(
                number("loss.softmax"),
                number("loss.kl"),
                number("loss.temperature"),
                number("loss.margin"),
                number("loss.lambda"),
                number("loss.lambda-mu"),
                number("loss.pointwise"));
    }

    private OptimizerSettings optimizer() {
        return new OptimizerSettings(
                number("learning-rate"),
                number("beta1"),
                number("beta2"),
                number("epsilon"),
                number("weight-decay"),
                flag("decay-embeddings"),
                number("layer-decay"),
                flag("freeze-embeddings"),
                number("clip-norm"),
                number("average-decay"));
    }

    /** @param lines how many groups an epoch has */
    TrainerSettings trainer(long lines) {
        return checked(() -> new TrainerSettings(
                steps(lines),
                whole("accumulate"),
                value("schedule", "constant, linear or cosine", text -> Schedule.Shape.valueOf(upper(text))),
                number("warm-up"),
                large("evaluate-every"),
                large("save-every"),
                value("weights", "float32, float16 or bfloat16", text -> TensorFile.Type.valueOf(upper(text))),
                whole("in-batch-negatives"),
                number("spike"),
                whole("spikes-from"),
                whole("skipped-max"),
                large("seed")));
    }

    private long steps(long lines) {
        long stated = large("steps");
        double groups = number("epochs") * lines;
        return stated > 0 ? stated : Math.max(1, (long) Math.ceil(groups / whole("batch-size") / whole("accumulate")));
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    /** What a record refuses is a value of the file. */
    private <T> T checked(Supplier<T> settings) {
        try {
            return settings.get();
        } catch (IllegalArgumentException e) {
            throw new TrainingException(file + ": " + e.getMessage());
        }
    }
}
