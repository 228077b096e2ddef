package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What sentence-transformers stores of a cross-encoder beside transformers' own files. Its versions kept the activation
 * in three places; the newest wins.
 */
final class SentenceTransformers {
    private static final String LOGIT_SCORE = "1_LogitScore/config.json";
    private static final Map<String, Activation> ACTIVATIONS = Map.of(
            "torch.nn.modules.linear.Identity", Activation.NONE,
            "torch.nn.Identity", Activation.NONE,
            "torch.nn.modules.activation.Sigmoid", Activation.SIGMOID,
            "torch.nn.Sigmoid", Activation.SIGMOID);

    private SentenceTransformers() {}

    /**
     * The stored activation; {@link Activation#NONE} where none is.
     *
     * @throws CheckpointException where it is none that this worker computes
     */
    static Activation activation(Checkpoint checkpoint) {
        Path own = checkpoint.folder().resolve(Checkpoint.SENTENCE_TRANSFORMERS);
        if (Files.exists(own)) {
            Config config = Config.read(own);
            if (config.has("activation_fn")) {
                return activation(config.file(), "activation_fn", config.json().path("activation_fn"));
            }
        }
        Config config = checkpoint.config();
        JsonNode newer = config.json().at("/sentence_transformers/activation_fn");
        if (!newer.isMissingNode() && !newer.isNull()) {
            return activation(config.file(), "sentence_transformers.activation_fn", newer);
        }
        String older = "sbert_ce_default_activation_function";
        return config.has(older)
                ? activation(config.file(), older, config.json().path(older))
                : Activation.NONE;
    }

    private static Activation activation(Path file, String key, JsonNode value) {
        Activation activation = ACTIVATIONS.get(value.asText());
        if (activation == null) {
            throw new CheckpointException(
                    file,
                    key + " is " + value + ", supported: torch.nn.modules.linear.Identity,"
                            + " torch.nn.modules.activation.Sigmoid",
                    "Say in reranker.json what is done to scores: \"activation\": \"none\" or \"sigmoid\"");
        }
        return activation;
    }

    /** The file that names the tokens by which a language model is ranked; it need not be there. */
    static Path logitScore(Checkpoint checkpoint) {
        return checkpoint.folder().resolve(LOGIT_SCORE);
    }
}
