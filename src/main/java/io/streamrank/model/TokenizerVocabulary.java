package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;

/** Whether a tokenizer belongs to the weights beside it. */
final class TokenizerVocabulary {
    private TokenizerVocabulary() {}

    /**
     * Added tokens do not count: some checkpoints have more of them than their embedding has rows, and never use them.
     *
     * @throws CheckpointException where the tokenizer's own vocabulary has ids that the token embedding does not
     */
    static void check(Checkpoint checkpoint, Architecture architecture) {
        int highest = highestId(
                Config.read(checkpoint.tokenizer()).json().path("model").path("vocab"));
        if (highest >= architecture.vocabulary()) {
            throw new CheckpointException(
                    checkpoint.tokenizer(),
                    "model.vocab has ids up to " + highest + ", the token embedding of "
                            + checkpoint.weights().file().getFileName() + " has " + architecture.vocabulary() + " rows",
                    "Use the tokenizer that was saved with these weights");
        }
    }

    /** WordPiece and BPE map tokens to ids, Unigram lists them. */
    private static int highestId(JsonNode vocabulary) {
        if (vocabulary.isArray()) {
            return vocabulary.size() - 1;
        }
        int highest = -1;
        for (JsonNode id : vocabulary) {
            highest = Math.max(highest, id.asInt());
        }
        return highest;
    }
}
