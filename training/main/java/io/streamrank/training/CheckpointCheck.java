package io.streamrank.training;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.model.CheckpointException;
import io.streamrank.model.Inspection;
import io.streamrank.model.Parameter;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Holds a checkpoint folder to what the worker and transformers need of it. That it can be served is the worker's own
 * {@link Inspection}; here is what transformers reads otherwise: names, labels, types, and whether weights are numbers.
 */
final class CheckpointCheck {
    /** Of tensors that have the same thing wrong with them. */
    private static final int TENSORS_TOLD = 4;

    /** How many labels transformers takes where a configuration says nothing. */
    private static final int LABELS_ASSUMED = 2;

    private static final Map<String, String> TYPES = Map.of("float32", "F32", "float16", "F16", "bfloat16", "BF16");

    private final Path folder;
    private final Inspection inspection;
    private final List<String> facts = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private final List<String> troubles = new ArrayList<>();

    private CheckpointCheck(Path folder) {
        this.folder = folder;
        this.inspection = Inspection.of(folder);
    }

    /** Looks into a folder, from which nothing needs to be readable. */
    static CheckpointCheck of(Path folder) throws IOException {
        CheckpointCheck check = new CheckpointCheck(folder);
        check.asTheWorkerLoadsIt();
        if (check.troubles.isEmpty()) {
            check.asTransformersExpectsIt();
        }
        return check;
    }

    /** What it is. */
    List<String> facts() {
        return facts;
    }

    /** What is worth knowing and keeps it from nothing. */
    List<String> remarks() {
        return remarks;
    }

    /** What keeps the worker or transformers from loading it, or from the same scores. */
    List<String> troubles() {
        return troubles;
    }

    private void asTheWorkerLoadsIt() {
        troubles.addAll(inspection.problems());
        Inspection.Model model = inspection.model();
        if (model != null) {
            fact("family", "%s, %,d layers, %,d numbers", model.family(), model.layers(), model.parameters());
            if (!model.unused().isEmpty()) {
                remarks.add("the model does not use " + some(model.unused()));
            }
        }
        if (inspection.storage() != null) {
            fact(
                    "stored",
                    "%s, as %s",
                    inspection.storage().files(),
                    inspection.storage().types());
        }
        Inspection.Pairs pairs = inspection.pairs();
        if (pairs != null) {
            String form = pairs.template().isEmpty()
                    ? "the tokenizer's own template"
                    : String.join("", pairs.template()).replace("\n", "\\n");
            fact("pairs", "up to %,d tokens, %s", pairs.maxLength(), form);
        }
    }

    private void asTransformersExpectsIt() throws IOException {
        Inspection.Pairs pairs = inspection.pairs();
        if (pairs == null || !pairs.labels().isEmpty()) {
            remarks.add("it ranks by rows of its language-model head: transformers' class for ranking does not apply");
            return;
        }
        try (Trainable trainable = Trainable.open(folder, 0)) {
            Map<String, TensorFile> tensors = tensors();
            names(trainable, tensors);
            numbers(trainable, tensors);
            configuration(trainable);
        } catch (CheckpointException e) {
            troubles.add(String.valueOf(e.getMessage()));
        }
        if (!Files.exists(folder.resolve("tokenizer_config.json"))) {
            remarks.add("tokenizer_config.json is missing: transformers then has to guess the tokenizer's class");
        }
    }

    private Map<String, TensorFile> tensors() {
        Map<String, TensorFile> tensors = new HashMap<>();
        Inspection.Storage storage = inspection.storage();
        for (String name : storage == null ? List.<String>of() : storage.files()) {
            TensorFile file = TensorFile.open(folder.resolve(name));
            file.names().forEach(tensor -> tensors.put(tensor, file));
        }
        return tensors;
    }

    private void names(Trainable trainable, Map<String, TensorFile> tensors) {
        List<String> missing = trainable.parameters().stream()
                .map(Parameter::stored)
                .filter(name -> !tensors.containsKey(name))
                .toList();
        Optional<String> ranking = CheckpointWriter.transformersClass(trainable.family());
        if (ranking.isEmpty()) {
            remarks.add("transformers has no class that ranks with a " + trainable.family()
                    + ": it loads the backbone, not the head");
        } else if (!missing.isEmpty()) {
            troubles.add(ranking.get() + " looks for " + some(missing)
                    + ", which the files have under other names. Write it anew with `train`, or rename them");
        } else {
            fact("names", "every tensor as transformers' %s calls it", ranking.get());
        }
    }

    private void numbers(Trainable trainable, Map<String, TensorFile> tensors) {
        List<String> spoilt = new ArrayList<>();
        for (Parameter parameter : trainable.parameters()) {
            TensorFile file = tensors.get(parameter.stored());
            if (file != null && !isFinite(file.numbers(parameter.stored()))) {
                spoilt.add(parameter.stored());
            }
        }
        if (!spoilt.isEmpty()) {
            troubles.add("not all numbers are finite in " + some(spoilt) + ". Take a checkpoint from before");
        }
    }

    private static boolean isFinite(float[] numbers) {
        for (float number : numbers) {
            if (!Float.isFinite(number)) {
                return false;
            }
        }
        return true;
    }

    private void configuration(Trainable trainable) throws IOException {
        JsonNode config = CheckpointWriter.readJson(folder.resolve("config.json"));
        Optional<String> ranking = CheckpointWriter.transformersClass(trainable.family());
        if (ranking.isPresent()) {
            String named = config.path("architectures").path(0).asText("nothing");
            if (!named.equals(ranking.get())) {
                troubles.add("config.json names " + named + " in architectures, expected " + ranking.get());
            }
            int labels = config.has("id2label")
                    ? config.path("id2label").size()
                    : config.path("num_labels").asInt(LABELS_ASSUMED);
            if (labels != trainable.labels()) {
                troubles.add("config.json has " + labels + " labels to transformers (id2label, num_labels), the head "
                        + trainable.labels());
            }
            if (trainable.causal() && config.path("pad_token_id").isMissingNode()) {
                remarks.add("config.json has no pad_token_id: transformers refuses batches of several pairs");
            }
        }
        String type = config.path("dtype").asText(config.path("torch_dtype").asText(""));
        Inspection.Storage storage = inspection.storage();
        String stored = TYPES.getOrDefault(type, "");
        if (storage != null && !stored.isEmpty() && !storage.types().containsKey(stored)) {
            remarks.add("config.json says " + type + ", stored are "
                    + storage.types().keySet() + ": transformers computes in the former");
        }
    }

    private void fact(String label, String format, Object... values) {
        facts.add(String.format(Locale.ROOT, "%-13s" + format, prepend(label, values)));
    }

    private static Object[] prepend(String label, Object... values) {
        Object[] all = new Object[values.length + 1];
        all[0] = label;
        System.arraycopy(values, 0, all, 1, values.length);
        return all;
    }

    private static String some(List<String> names) {
        int more = names.size() - TENSORS_TOLD;
        return String.join(", ", names.subList(0, Math.min(TENSORS_TOLD, names.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }
}
