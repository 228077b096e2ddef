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

    static void vector(List<Weight> all, String name, String stored, Dimension width) {
        all.add(new Weight(name, stored, List.of(width)));
    }
}
