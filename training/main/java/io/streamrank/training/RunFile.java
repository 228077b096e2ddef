package io.streamrank.training;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.PairLimits;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import io.streamrank.training.data.DataSet;
import io.streamrank.training.data.Needs;
import io.streamrank.training.run.ValidationSettings;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The properties file that describes a run. Every key has a place in the table of {@code docs/training.md}; one that is not
 * known is an error, as it would do nothing. Paths are taken from the file's own folder.
 */
final class RunFile {
    static final String PREFIX = "streamrank.train.";

    /** What the set is called that {@code data} alone names. */
    private static final String LINES = "lines";

    private final Path file;
    private final Map<String, String> values;

    /** Settings of data sets, by their names. */
    private final Map<String, Map<String, String>> sets;

    private RunFile(Path file, Map<String, String> values, Map<String, Map<String, String>> sets) {
        this.file = file;
        this.values = values;
        this.sets = sets;
    }

    /** @throws TrainingException naming the file and the key that is not known or missing */
    static RunFile read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> values = new LinkedHashMap<>(RunKeys.DEFAULTS);
        values.putAll(preset(
                file, properties.getProperty(PREFIX + "preset", RunKeys.NONE).trim()));
        Map<String, Map<String, String>> sets = new LinkedHashMap<>();
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            String name = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
            String[] parts = name.split("\\.", 3);
            if (key.startsWith(PREFIX) && parts.length == 3 && parts[0].equals("data")) {
                sets.computeIfAbsent(parts[1], set -> new LinkedHashMap<>())
                        .put(parts[2], properties.getProperty(key).trim());
                continue;
            }
            if (!key.startsWith(PREFIX) || !RunKeys.DEFAULTS.containsKey(name)) {
                throw new TrainingException(file + ": key " + key + " is not known; docs/training.md has all of them");
            }
            values.put(name, properties.getProperty(key).trim());
        }
        RunFile run = new RunFile(file, values, sets);
        RunKeys.DEFAULTS.forEach((name, absent) -> {
            boolean elsewhere = name.equals("data") && !sets.isEmpty();
            if (absent.isEmpty() && run.text(name).isEmpty() && !elsewhere) {
                throw new TrainingException(file + ": " + PREFIX + name + " is missing");
            }
        });
        return run;
    }

    private static Map<String, String> preset(Path file, String name) {
        if (name.equals(RunKeys.NONE)) {
            return Map.of();
        }
        return Preset.named(name)
                .orElseThrow(() -> new TrainingException(
                        file + ": " + PREFIX + "preset is " + name + ", expected one of " + Preset.keys()))
                .settings();
    }

    /** The data sets, their files taken from the file's own folder; {@code data} alone is one of lists. */
    List<DataSet> dataSets() {
        Map<String, Map<String, String>> all = new LinkedHashMap<>(sets);
        if (!text("data").isEmpty()) {
            if (all.containsKey(LINES)) {
                throw new TrainingException(file + ": " + PREFIX + "data and " + PREFIX + "data." + LINES
                        + " are both there, and the former goes by that name too: give the set another name");
            }
            all.put(LINES, Map.of("groups", text("data")));
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

    /** The judged run that the model is validated with, where one is named. */
    Optional<ValidationSettings> validation() {
        Map<String, Path> files = new LinkedHashMap<>();
        ValidationSettings.FILES.forEach(key ->
                optional("validation." + key).ifPresent(value -> files.put(key, path("validation." + key))));
        Optional<Path> beir = optional("validation.beir").map(value -> path("validation.beir"));
        boolean lines = optional("validation").isPresent();
        // Lines may name documents of a corpus.
        if (beir.isEmpty() && (files.isEmpty() || (lines && files.keySet().equals(Set.of("corpus"))))) {
            return Optional.empty();
        }
        if (lines) {
            throw new TrainingException(
                    file + ": name either lines to validate with, " + PREFIX + "validation, or a judged run");
        }
        return Optional.of(checked(() -> new ValidationSettings(
                beir,
                optional("validation.split"),
                files,
                whole("validation.depth"),
                whole("validation.sample"),
                large("validation.seed"),
                whole("validation.relevant-from"))));
    }

    /** A key's value, unless it is {@code none}. */
    Optional<String> optional(String name) {
        return text(name).equals(RunKeys.NONE) ? Optional.empty() : Optional.of(text(name));
    }

    /** Every key with its value, paths made whole. */
    Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            boolean isPath = RunKeys.PATHS.contains(name) && !value.equals(RunKeys.NONE) && !value.isEmpty();
            all.put(PREFIX + name, isPath ? path(name).toString() : value);
        });
        for (DataSet set : dataSets()) {
            if (sets.containsKey(set.name())) {
                set.settings().forEach((key, value) -> all.put(key(set, key), value));
            }
        }
        return all;
    }

    /** The keys that the weights follow from, with their values; those that name files left out. */
    Map<String, String> decidingSettings() {
        Map<String, String> deciding = settings();
        RunKeys.FREE.forEach(name -> deciding.remove(PREFIX + name));
        RunKeys.PATHS.forEach(name -> deciding.remove(PREFIX + name));
        for (DataSet set : dataSets()) {
            set.files().keySet().forEach(key -> deciding.remove(key(set, key)));
        }
        return deciding;
    }

    /** All files that the weights follow from, by the keys that name them. */
    Map<String, Path> files() throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        try (DirectoryStream<Path> model = Files.newDirectoryStream(path("model"), "*.{json,safetensors}")) {
            model.forEach(part -> files.put(PREFIX + "model/" + part.getFileName(), part));
        }
        for (DataSet set : dataSets()) {
            set.paths().forEach((key, part) -> files.put(key(set, key), part));
        }
        if (optional("validation").isPresent()) {
            files.put(PREFIX + "validation", path("validation"));
            optional("validation.corpus")
                    .ifPresent(corpus -> files.put(PREFIX + "validation.corpus", path("validation.corpus")));
        }
        Optional<ValidationSettings> judged = validation();
        if (judged.isPresent()) {
            judged.get().paths().forEach((key, part) -> files.put(PREFIX + "validation." + key, part));
        }
        return files;
    }

    private static String key(DataSet set, String key) {
        return PREFIX + "data." + set.name() + "." + key;
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

    /** How many tokens pairs and their halves may have. */
    PairLimits limits() {
        return checked(() -> new PairLimits(whole("max-length"), whole("query-length"), whole("document-length")));
    }

    /** How long a run may take to end once it is asked to. */
    Duration stopWithin() {
        return checked(() -> {
            Settings.atLeast("stop-seconds", large("stop-seconds"), 1);
            return Duration.ofSeconds(large("stop-seconds"));
        });
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

    boolean flag(String name) {
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

    /** How it learns, on the devices that there are. */
    LearnerSettings learner() {
        List<String> names = deviceNames();
        boolean onGpu = Trainable.onGpu(names.get(0), whole("threads"));
        return checked(() -> new LearnerSettings(
                new Devices(names, whole("devices-compared-every")),
                whole("threads"),
                arithmetic(onGpu),
                microBatchTokens(onGpu),
                flag("recompute"),
                zeros("dropout"),
                zeros("attention-dropout"),
                large("seed"),
                loss(),
                optimizer(),
                text("operators")));
    }

    private int microBatchTokens(boolean onGpu) {
        if (text("micro-batch-tokens").equals("auto")) {
            return onGpu ? LearnerSettings.TOKENS_ON_GPU : LearnerSettings.TOKENS_ON_CPU;
        }
        return value("micro-batch-tokens", "auto or a whole number", Integer::parseInt);
    }

    private List<String> deviceNames() {
        String several = text("devices");
        if (several.equals(RunKeys.NONE)) {
            return List.of(text("device"));
        }
        if (!several.equals("gpus")) {
            return Arrays.stream(several.split(",", -1)).map(String::trim).toList();
        }
        int gpus = Trainable.gpus(whole("threads"));
        if (gpus == 0) {
            throw new TrainingException(file + ": " + PREFIX + "devices is gpus, but libtorch sees none");
        }
        return IntStream.range(0, gpus).mapToObj(i -> "gpu:" + i).toList();
    }

    private Arithmetic arithmetic(boolean onGpu) {
        return value("dtype", "auto, float32 or bfloat16", text -> switch (text) {
            case "auto" -> onGpu ? Arithmetic.BFLOAT16 : Arithmetic.FLOAT32;
            case "float32" -> Arithmetic.FLOAT32;
            case "bfloat16" -> Arithmetic.BFLOAT16;
            default -> throw new IllegalArgumentException(text);
        });
    }

    /** What the losses need of every list. */
    Needs needs() {
        LossSettings loss = checked(this::loss);
        if (loss.needsTeacher() && whole("in-batch-negatives") > 0) {
            throw new TrainingException(file + ": " + PREFIX + "in-batch-negatives is " + whole("in-batch-negatives")
                    + ", and no teacher scored those, as loss.kl and loss.margin need: set it to 0");
        }
        return new Needs(loss.needsRelevant(), loss.needsTeacher());
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
        Settings.atLeast("steps", stated, 0);
        Settings.positive("epochs", number("epochs"));
        Settings.atLeast("batch-size", whole("batch-size"), 1);
        Settings.atLeast("accumulate", whole("accumulate"), 1);
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
