package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint wants its pairs to be.
 *
 * @param limits how many tokens a pair, a query and a document may have; 0 for a half without a limit
 * @param segments whether pairs carry segment ids; else every token is in segment 0
 * @param causal how a causal model's pairs are put together; null where the tokenizer's own template does it
 * @param activation what is done to raw scores
 */
record PairSettings(
        PairLimits limits, boolean segments, @Nullable CausalTemplate causal, Activation activation) {
    /** Tokenizers that know no limit are saved with 1e30. */
    private static final double SANE_LENGTH_MAX = 1e9;

    /** For a model without positions whose files state no length: what the published Mambas were trained on. */
    private static final int UNSTATED_LENGTH = 2048;

    /** An encoder's pairs. */
    PairSettings(int maxLength, boolean segments) {
        this(maxLength, segments, null, Activation.NONE);
    }

    /** Pairs whose halves have no limits of their own. */
    PairSettings(int maxLength, boolean segments, @Nullable CausalTemplate causal, Activation activation) {
        this(new PairLimits(maxLength, 0, 0), segments, causal, activation);
    }

    /** The longest pair in tokens, special tokens included. */
    int maxLength() {
        return limits.pair();
    }

    /** The longest query in tokens; as good as endless where it has no limit. */
    int queryMax() {
        return limits.query() == 0 ? Integer.MAX_VALUE : limits.query();
    }

    /** The longest document in tokens; as good as endless where it has no limit. */
    int documentMax() {
        return limits.document() == 0 ? Integer.MAX_VALUE : limits.document();
    }

    /**
     * The length: the setting, else {@code reranker.json}'s max_length, else the smaller of
     * {@code tokenizer_config.json}'s model_max_length and what the position embeddings allow. The causal template is
     * {@code reranker.json}'s, else {@link CausalTemplate#DEFAULT_TEXT}, or {@link Qwen3Reranker}'s for a model of its
     * kind, whose length is the authors' too. The activation is {@code reranker.json}'s, else what sentence-transformers
     * stored.
     *
     * @param maxLength the configured length, 0 where none is
     */
    static PairSettings of(Checkpoint checkpoint, Architecture architecture, int maxLength) {
        return of(checkpoint, architecture, new PairLimits(maxLength, 0, 0));
    }

    /** The same with a query and a document limited, else as {@code reranker.json} says. */
    static PairSettings of(Checkpoint checkpoint, Architecture architecture, PairLimits wanted) {
        int maxLength = wanted.pair();
        int positions = architecture.positions();
        if (maxLength > positions) {
            throw new CheckpointException(
                    checkpoint.config().file(),
                    "gives positions for " + positions + " tokens, the configured maximum length is " + maxLength,
                    "Set it to " + positions + " or less");
        }
        Path file = checkpoint.folder().resolve(Checkpoint.TOKENIZER_CONFIG);
        JsonNode tokenizer = Files.exists(file) ? Config.read(file).json() : MissingNode.getInstance();
        RerankerFile reranker = RerankerFile.read(checkpoint.folder()).checked(architecture);
        int stated = reranker.maxLength(0);
        if (stated > positions) {
            throw new CheckpointException(
                    reranker.config().file(),
                    "max_length is " + stated + ", the model has positions for " + positions + " tokens",
                    "Set it to " + positions + " or less");
        }
        boolean qwen3Reranker = isQwen3Reranker(checkpoint, architecture, reranker);
        int unstated = architecture.causal() ? Math.min(positions, UNSTATED_LENGTH) : positions;
        int own = reranker.maxLength(qwen3Reranker ? Qwen3Reranker.MAX_LENGTH : tokenizerLength(tokenizer, unstated));
        return new PairSettings(
                new PairLimits(
                        maxLength > 0 ? maxLength : Math.min(own, positions),
                        wanted.query() > 0 ? wanted.query() : reranker.maxQueryLength(),
                        wanted.document() > 0 ? wanted.document() : reranker.maxDocumentLength()),
                architecture.segments() > 0 && givesSegments(tokenizer),
                architecture.causal() ? causal(checkpoint, architecture, tokenizer, reranker, qwen3Reranker) : null,
                reranker.activation(() -> SentenceTransformers.activation(checkpoint)));
    }

    /** One that says nothing of its own about how it reads pairs. */
    private static boolean isQwen3Reranker(Checkpoint checkpoint, Architecture architecture, RerankerFile reranker) {
        return architecture.ranksByLabels()
                && architecture.family().equals(LlamaFamily.Kin.QWEN3.modelType())
                && !reranker.config().has("template")
                && LabelTokens.areQwen3Rerankers(checkpoint, architecture.labels());
    }

    private static CausalTemplate causal(
            Checkpoint checkpoint,
            Architecture architecture,
            JsonNode tokenizer,
            RerankerFile reranker,
            boolean qwen3Reranker) {
        Path file = reranker.config().file();
        if (architecture.ranksByLabels() && !qwen3Reranker && !reranker.config().has("template")) {
            throw new CheckpointException(
                    file,
                    "template is missing, and no other file says how this language model reads pairs",
                    "Write the template that it was trained with");
        }
        List<String> parts = qwen3Reranker ? Qwen3Reranker.TEMPLATE : CausalTemplate.parts(CausalTemplate.DEFAULT_TEXT);
        int eos = reranker.appendEos(!architecture.ranksByLabels())
                ? EndOfText.id(checkpoint, tokenizer)
                : CausalTemplate.NO_EOS;
        return CausalTemplate.of(file, reranker.template(parts, qwen3Reranker ? Qwen3Reranker.INSTRUCTION : ""), eos);
    }

    private static int tokenizerLength(JsonNode tokenizer, int absent) {
        double length = tokenizer.path("model_max_length").asDouble();
        return length >= 1 && length <= SANE_LENGTH_MAX ? (int) length : absent;
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
