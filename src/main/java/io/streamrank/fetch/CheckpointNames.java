package io.streamrank.fetch;

import java.util.List;
import java.util.regex.Pattern;

/** Which files make a checkpoint: what decides its revision, and what people want to read beside it. */
final class CheckpointNames {
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String INDEX = WEIGHTS + ".index.json";

    /** Those that a checkpoint cannot do without, weights aside. */
    static final List<String> REQUIRED = List.of(CONFIG, "tokenizer.json");

    /** Those that it may have. */
    static final List<String> OPTIONAL = List.of(
            "tokenizer_config.json", "reranker.json", "config_sentence_transformers.json", "1_LogitScore/config.json");

    private static final Pattern WANTED = Pattern.compile(
            "[^/]+\\.safetensors|[^/]+\\.json|1_LogitScore/config\\.json|(README|LICEN[CS]E|NOTICE)[^/]*|" + Sums.NAME);

    private CheckpointNames() {}

    /** Whether a file is worth fetching: weights in other formats are not. */
    static boolean isWanted(String name) {
        return WANTED.matcher(name).matches();
    }
}
