package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;

/** Finds a checkpoint's end-of-sequence token. */
final class EndOfText {
    private static final String TOKEN = "eos_token";
    private static final String ID = "eos_token_id";

    private EndOfText() {}

    /**
     * The id of {@code tokenizer_config.json}'s eos_token, else {@code config.json}'s eos_token_id.
     *
     * @param tokenizer {@code tokenizer_config.json}
     * @throws CheckpointException where neither says it, or the token is none of {@code tokenizer.json}'s
     */
    static int id(Checkpoint checkpoint, JsonNode tokenizer) {
        JsonNode token = tokenizer.path(TOKEN);
        // Older files write the token as an object.
        String text = token.isObject() ? token.path("content").asText() : token.asText();
        if (!text.isEmpty() && !token.isNull()) {
            return id(checkpoint, text);
        }
        JsonNode id = checkpoint.config().json().path(ID);
        if (!id.isInt() || id.asInt() < 0) {
            throw new CheckpointException(
                    checkpoint.folder().resolve(Checkpoint.RERANKER),
                    "append_eos is true, but neither tokenizer_config.json's " + TOKEN + " nor config.json's " + ID
                            + " names one token",
                    "Name it in tokenizer_config.json, or set append_eos to false");
        }
        return id.asInt();
    }

    private static int id(Checkpoint checkpoint, String text) {
        JsonNode json = Config.read(checkpoint.tokenizer()).json();
        for (JsonNode added : json.path("added_tokens")) {
            if (added.path("content").asText().equals(text)) {
                return added.path("id").asInt();
            }
        }
        throw new CheckpointException(
                checkpoint.tokenizer(),
                "added_tokens lack \"" + text + "\", which tokenizer_config.json names as " + TOKEN,
                "Save both files from one tokenizer");
    }
}
