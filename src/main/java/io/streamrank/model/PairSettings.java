package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * What a checkpoint wants its pairs to be.
 *
 * @param maxLength the longest pair in tokens, special tokens included
 * @param segments whether pairs carry segment ids; else every token is in segment 0
 */
record PairSettings(int maxLength, boolean segments) {
    /** Tokenizers that know no limit are saved with 1e30. */
    private static final double SANE_LENGTH_MAX = 1e9;

    private static final Set<String> RERANKER_KEYS = Set.of("max_length");

    /**
     * The length: the setting, else {@code reranker.json}'s max_length, else the smaller of
     * {@code tokenizer_config.json}'s model_max_length and what the position embeddings allow.
     *
     * @param maxLength the configured length, 0 where none is
     */
    static PairSettings of(Checkpoint checkpoint, Architecture architecture, int maxLength) {
        int positions = architecture.positions();
        if (maxLength > positions) {
            throw new CheckpointException(
                    checkpoint.config().file(),
                    "gives positions for " + positions + " tokens, the configured maximum length is " + maxLength,
                    "Set it to " + positions + " or less");
        }
        Path file = checkpoint.folder().resolve(Checkpoint.TOKENIZER_CONFIG);
        JsonNode tokenizer = Files.exists(file) ? Config.read(file).json() : MissingNode.getInstance();
        int own = rerankerLength(checkpoint.folder(), tokenizerLength(tokenizer, positions));
        return new PairSettings(
                maxLength > 0 ? maxLength : Math.min(own, positions),
                architecture.segments() > 0 && givesSegments(tokenizer));
    }

    private static int tokenizerLength(JsonNode tokenizer, int absent) {
        double length = tokenizer.path("model_max_length").asDouble();
        return length >= 1 && length <= SANE_LENGTH_MAX ? (int) length : absent;
    }

    private static int rerankerLength(Path folder, int absent) {
        Path file = folder.resolve(Checkpoint.RERANKER);
        if (!Files.exists(file)) {
            return absent;
        }
        Config config = Config.read(file);
        for (String key : config.keys()) {
            if (!RERANKER_KEYS.contains(key)) {
                throw new CheckpointException(
                        file,
                        "key " + key + " is not understood for this family, known: " + String.join(", ", RERANKER_KEYS),
                        "Remove it, or use a worker that knows it");
            }
        }
        return config.count("max_length", absent);
    }

    /**
     * Whether transformers would hand segment ids to the model: its generic TokenizersBackend does not unless
     * model_input_names says so, the families' own classes do, and so it trained and scored without or with them.
     */
    private static boolean givesSegments(JsonNode tokenizer) {
        JsonNode names = tokenizer.path("model_input_names");
        if (names.isArray()) {
            return StreamSupport.stream(names.spliterator(), false)
                    .anyMatch(name -> name.asText().equals("token_type_ids"));
        }
        return !tokenizer.path("tokenizer_class").asText().equals("TokenizersBackend");
    }
}
