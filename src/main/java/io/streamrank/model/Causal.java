package io.streamrank.model;

import java.util.List;

/** What the causal families read alike. */
final class Causal {
    private static final String SCORE = "score";

    private Causal() {}

    /** The score of the last token: one row over the model's width, the bias optional. */
    static void head(List<Weight> all, Config config, Safetensors weights, Dimension width) {
        Dimension labels = Encoder.labels(config, weights, SCORE + ".weight");
        Encoder.linear(all, "head.score", SCORE, labels, width, weights.has(SCORE + ".bias"));
    }

    /** The rows of a language-model head that are its score. */
    static Weight labels(Config config, String head, Dimension words, Dimension width, List<Integer> labels) {
        for (int label : labels) {
            if (label >= words.size()) {
                throw new CheckpointException(
                        config.file(),
                        words + " leaves no row for token " + label + ", by which the language model is ranked",
                        "Use the tokenizer that belongs to config.json");
            }
        }
        return new Weight("head.score.weight", head, List.of(words, width), labels);
    }

    static void vector(List<Weight> all, String name, String stored, Dimension width) {
        all.add(new Weight(name, stored, List.of(width)));
    }
}
