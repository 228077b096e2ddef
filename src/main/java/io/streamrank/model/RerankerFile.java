package io.streamrank.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code reranker.json}: how a ranking checkpoint was trained to read pairs, which no file of its model says. Optional,
 * and so is every key.
 *
 * @param template the text around document and query; causal families only
 * @param appendEos whether the end-of-sequence token ends a pair; causal families only
 * @param maxLength the longest pair in tokens; 0 where nothing is said
 * @param activation what is done to raw scores
 */
record RerankerFile(String template, boolean appendEos, int maxLength, Activation activation) {
    private static final List<String> KEYS = List.of("max_length", "activation");
    private static final List<String> CAUSAL_KEYS =
            List.of("max_length", "activation", "template", "append_eos", "pooling");

    /**
     * @param causal whether the model's family is causal
     * @throws CheckpointException for an unknown key, or a value that is not supported
     */
    static RerankerFile read(Path folder, boolean causal) {
        Path file = folder.resolve(Checkpoint.RERANKER);
        Config config =
                Files.exists(file) ? Config.read(file) : new Config(file, JsonNodeFactory.instance.objectNode());
        List<String> known = causal ? CAUSAL_KEYS : KEYS;
        for (String key : config.keys()) {
            if (!known.contains(key)) {
                throw new CheckpointException(
                        file,
                        "key " + key + " is not understood for this family, known: " + String.join(", ", known),
                        "Remove it, or use a worker that knows it");
            }
        }
        if (!config.text("pooling", "last").equals("last")) {
            throw config.unsupported("pooling", "\"last\"");
        }
        return new RerankerFile(
                config.text("template", CausalTemplate.DEFAULT_TEXT),
                flag(config, "append_eos", true),
                config.count("max_length", 0),
                activation(config));
    }

    private static boolean flag(Config config, String key, boolean absent) {
        if (config.has(key) && !config.json().path(key).isBoolean()) {
            throw config.unsupported(key, "true, false");
        }
        return config.has(key) ? config.flag(key) : absent;
    }

    private static Activation activation(Config config) {
        return switch (config.text("activation", "none")) {
            case "none" -> Activation.NONE;
            case "sigmoid" -> Activation.SIGMOID;
            default -> throw config.unsupported("activation", "\"none\", \"sigmoid\"");
        };
    }
}
