package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code reranker.json}: how a ranking checkpoint was trained to read pairs, which no file of its model says. Optional,
 * and so is every key.
 *
 * @param config the file, or an empty object in its place
 */
record RerankerFile(Config config) {
    private static final List<String> KEYS =
            List.of("max_length", "max_query_length", "max_document_length", "activation");
    private static final List<String> CAUSAL_KEYS =
            joined(KEYS, List.of("template", "instruction", "append_eos", "pooling"));
    private static final List<String> LABEL_KEYS = joined(CAUSAL_KEYS, List.of("labels"));

    private static final List<String> PLACES = List.of("{query}", "{document}", "{instruction}");
    private static final Pattern PLACE = Pattern.compile("\\{\\w+}");

    private static final int LABELS_MAX = 2;

    private static List<String> joined(List<String> keys, List<String> more) {
        return Stream.concat(keys.stream(), more.stream()).toList();
    }

    static RerankerFile read(Path folder) {
        Path file = folder.resolve(Checkpoint.RERANKER);
        return new RerankerFile(
                Files.exists(file) ? Config.read(file) : new Config(file, JsonNodeFactory.instance.objectNode()));
    }

    /**
     * Refuses keys that mean nothing for the model.
     *
     * @throws CheckpointException naming the key
     */
    RerankerFile checked(Architecture architecture) {
        List<String> known = architecture.ranksByLabels() ? LABEL_KEYS : architecture.causal() ? CAUSAL_KEYS : KEYS;
        for (String key : config.keys()) {
            if (!known.contains(key)) {
                throw new CheckpointException(
                        config.file(),
                        "key " + key + " is not understood for this family, known: " + String.join(", ", known),
                        "Remove it, or use a worker that knows it");
            }
        }
        if (!config.text("pooling", "last").equals("last")) {
            throw config.unsupported("pooling", "\"last\"");
        }
        return this;
    }

    /** The parts of the template, with the instruction in it. */
    List<String> template(List<String> absent, String instruction) {
        List<String> parts = !config.has("template")
                ? absent
                : config.json().path("template").isArray()
                        ? texts("template", Integer.MAX_VALUE)
                        : CausalTemplate.parts(config.text("template", ""));
        parts.forEach(this::requireKnownPlaces);
        String said = config.text("instruction", instruction);
        boolean asked = parts.stream().anyMatch(part -> part.contains("{instruction}"));
        if (config.has("instruction") != asked && (!asked || said.isEmpty())) {
            throw new CheckpointException(
                    config.file(),
                    asked ? "template has {instruction}, but there is no instruction" : "instruction has no place",
                    "Give both instruction and a template with {instruction}, or neither");
        }
        return parts.stream().map(part -> part.replace("{instruction}", said)).toList();
    }

    /** A place by any other name would stay in the text as it is, and every score would be a little wrong. */
    private void requireKnownPlaces(String part) {
        for (Matcher place = PLACE.matcher(part); place.find(); ) {
            if (!PLACES.contains(place.group())) {
                throw new CheckpointException(
                        config.file(),
                        "template has " + place.group() + ", known: " + String.join(", ", PLACES),
                        "Name what is meant as these do, or take the braces away");
            }
        }
    }

    boolean appendEos(boolean absent) {
        if (config.has("append_eos") && !config.json().path("append_eos").isBoolean()) {
            throw config.unsupported("append_eos", "true, false");
        }
        return config.has("append_eos") ? config.flag("append_eos") : absent;
    }

    int maxLength(int absent) {
        return config.count("max_length", absent);
    }

    /** The longest query in tokens, 0 where it has no limit. */
    int maxQueryLength() {
        return config.count("max_query_length", 0);
    }

    /** The longest document in tokens, 0 where it has no limit. */
    int maxDocumentLength() {
        return config.count("max_document_length", 0);
    }

    Activation activation(Supplier<Activation> absent) {
        if (!config.has("activation")) {
            return absent.get();
        }
        return switch (config.text("activation", "")) {
            case "none" -> Activation.NONE;
            case "sigmoid" -> Activation.SIGMOID;
            default -> throw config.unsupported("activation", "\"none\", \"sigmoid\"");
        };
    }

    /** The tokens by which a language model is ranked; empty where they are not said. */
    List<String> labels() {
        return config.has("labels") ? texts("labels", LABELS_MAX) : List.of();
    }

    private List<String> texts(String key, int most) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : config.json().path(key)) {
            if (text.isTextual() && !text.asText().isEmpty()) {
                texts.add(text.asText());
            }
        }
        JsonNode array = config.json().path(key);
        if (!array.isArray() || texts.size() != array.size() || texts.isEmpty() || texts.size() > most) {
            throw config.unsupported(
                    key, "a list of " + (most == LABELS_MAX ? "one or two " : "") + "strings that are not empty");
        }
        return texts;
    }
}
