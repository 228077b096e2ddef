package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The tokens by whose logits a language model is ranked: one, or two of which the second means relevant.
 * {@code reranker.json}'s labels name them as the vocabulary spells them; else sentence-transformers' LogitScore gives
 * their ids; else they are {@code no} and {@code yes}.
 */
final class LabelTokens {
    private LabelTokens() {}

    /** Their ids; empty where the checkpoint has a ranking head of its own, or none at all. */
    static List<Integer> of(Checkpoint checkpoint) {
        List<String> labels = RerankerFile.read(checkpoint.folder()).labels();
        if (!labels.isEmpty()) {
            return ids(checkpoint, labels);
        }
        if (!isLanguageModel(checkpoint)) {
            return List.of();
        }
        return storedFile(checkpoint)
                .map(file -> stored(Config.read(file)))
                .orElseGet(() -> ids(checkpoint, Qwen3Reranker.LABELS));
    }

    /** The file of sentence-transformers that names them; empty where there is none, or another says what they are. */
    static Optional<Path> storedFile(Checkpoint checkpoint) {
        Path file = SentenceTransformers.logitScore(checkpoint);
        return Files.exists(file)
                        && isLanguageModel(checkpoint)
                        && RerankerFile.read(checkpoint.folder()).labels().isEmpty()
                ? Optional.of(file)
                : Optional.empty();
    }

    /** Whether these are the tokens that Qwen3-Reranker answers with. */
    static boolean areQwen3Rerankers(Checkpoint checkpoint, List<Integer> ids) {
        JsonNode vocabulary = Config.read(checkpoint.tokenizer()).json();
        return ids.equals(Qwen3Reranker.LABELS.stream()
                .map(token -> id(vocabulary, token))
                .toList());
    }

    private static boolean isLanguageModel(Checkpoint checkpoint) {
        JsonNode architectures = checkpoint.config().json().path("architectures");
        return !checkpoint.weights().has("score.weight")
                && StreamSupport.stream(architectures.spliterator(), false)
                        .anyMatch(name -> name.asText().endsWith("ForCausalLM"));
    }

    private static List<Integer> stored(Config config) {
        if (!config.has("true_token_id")) {
            throw new CheckpointException(
                    config.file(), "has no true_token_id", "Name the tokens in reranker.json's labels");
        }
        int relevant = config.index("true_token_id", 0);
        return config.has("false_token_id") ? List.of(config.index("false_token_id", 0), relevant) : List.of(relevant);
    }

    private static List<Integer> ids(Checkpoint checkpoint, List<String> tokens) {
        JsonNode vocabulary = Config.read(checkpoint.tokenizer()).json();
        return tokens.stream()
                .map(token -> {
                    int id = id(vocabulary, token);
                    if (id < 0) {
                        throw new CheckpointException(
                                checkpoint.tokenizer(),
                                "has no token \"" + token + "\" to rank the language model by",
                                "Name in reranker.json's labels one or two tokens as the vocabulary spells them");
                    }
                    return id;
                })
                .toList();
    }

    /** What transformers' {@code convert_tokens_to_ids} gives; -1 where there is no such token. */
    private static int id(JsonNode tokenizer, String token) {
        Stream<JsonNode> added =
                StreamSupport.stream(tokenizer.path("added_tokens").spliterator(), false);
        return added.filter(each -> each.path("content").asText().equals(token))
                .map(each -> each.path("id").asInt(-1))
                .findFirst()
                .orElseGet(
                        () -> tokenizer.path("model").path("vocab").path(token).asInt(-1));
    }
}
