package io.streamrank.model;

import io.streamrank.model.Inspection.Model;
import io.streamrank.model.Inspection.Pairs;
import io.streamrank.model.Inspection.Storage;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads a checkpoint folder as far as it can be read, and keeps count of what is wrong. */
final class Inspector {
    /** Of the weights that are missing or not as they should be. */
    private static final int WEIGHTS_SHOWN = 4;

    private final Path folder;
    private final Set<String> problems = new LinkedHashSet<>();

    Inspector(Path folder) {
        this.folder = folder;
    }

    Inspection inspect() {
        try {
            Checkpoint.requireFolder(folder);
        } catch (CheckpointException e) {
            problems.add(String.valueOf(e.getMessage()));
            return new Inspection(folder, null, null, null, null, List.copyOf(problems));
        }
        Config config = attempt(() -> Config.read(folder.resolve(Checkpoint.CONFIG)));
        Safetensors weights = attempt(() -> Checkpoint.weights(folder));
        Path tokenizer = attempt(() -> Checkpoint.tokenizer(folder));
        Storage storage = weights == null ? null : storage(weights);
        if (config == null || weights == null || tokenizer == null) {
            return new Inspection(folder, null, storage, null, null, List.copyOf(problems));
        }
        Checkpoint checkpoint = new Checkpoint(folder, config, weights, tokenizer);
        Architecture architecture = attempt(() -> Families.read(checkpoint));
        Model model = architecture == null ? null : model(architecture, weights);
        Pairs pairs = architecture == null ? null : attempt(() -> pairs(checkpoint, architecture));
        return new Inspection(folder, attempt(checkpoint::revision), storage, model, pairs, List.copyOf(problems));
    }

    private <T> @Nullable T attempt(Supplier<T> step) {
        try {
            return step.get();
        } catch (CheckpointException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static Storage storage(Safetensors weights) {
        Map<String, Long> types = new TreeMap<>();
        long bytes = 0;
        long parameters = 0;
        for (StoredTensor tensor : weights.tensors()) {
            long values = tensor.bytes() / tensor.type().bytes();
            types.merge(tensor.type().name(), values, Long::sum);
            bytes += tensor.bytes();
            parameters += values;
        }
        List<String> files = weights.files().stream()
                .map(file -> file.getFileName().toString())
                .toList();
        return new Storage(files, bytes, parameters, types);
    }

    private Model model(Architecture architecture, Safetensors weights) {
        Weights reader = new Weights(weights);
        addSummedUp(reader.problems(architecture.weights()));
        Set<StoredTensor> used = new HashSet<>(reader.used(architecture.weights()));
        return new Model(
                architecture.family(),
                (Integer) architecture.constants().getOrDefault("layers", 0),
                architecture.vocabulary(),
                architecture.positions(),
                architecture.weights().stream().mapToLong(Weight::parameters).sum(),
                weights.tensors().stream()
                        .filter(tensor -> !used.contains(tensor))
                        .map(StoredTensor::name)
                        .toList());
    }

    /** Where one weight is not as it should be, mostly hundreds are not, and for one reason. */
    private void addSummedUp(List<CheckpointException> weights) {
        weights.stream().limit(WEIGHTS_SHOWN).forEach(problem -> problems.add(String.valueOf(problem.getMessage())));
        int more = weights.size() - WEIGHTS_SHOWN;
        if (more > 0) {
            problems.add(String.format(
                    Locale.ROOT, "%s: %,d more tensors are missing or not as the model needs them", folder, more));
        }
    }

    private static Pairs pairs(Checkpoint checkpoint, Architecture architecture) {
        PairSettings settings = PairSettings.of(checkpoint, architecture, 0);
        // Only the native tokenizer can tell whether it understands its file.
        PairTokenizer.open(checkpoint.tokenizer(), settings, 0).close();
        CausalTemplate template = settings.causal();
        return new Pairs(
                settings.maxLength(),
                template == null ? List.of() : template.parts(),
                template != null && template.eos() != CausalTemplate.NO_EOS,
                pooling(architecture),
                architecture.labels(),
                settings.activation().name().toLowerCase(Locale.ROOT));
    }

    private static String pooling(Architecture architecture) {
        if (architecture.causal()) {
            return "last token";
        }
        if (architecture.family().equals("bart")) {
            return "end token";
        }
        return architecture.constants().getOrDefault("pooling", "cls").equals("mean")
                ? "mean of all tokens"
                : "first token";
    }
}
