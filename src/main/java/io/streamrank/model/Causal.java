package io.streamrank.model;

import java.util.List;

/** What the causal families read alike. */
final class Causal {
    private static final String SCORE = "score";

    private Causal() {}

    /** The score of the last token: one row over the model's width, the bias optional. */
    static void head(List<Weight> all, Config config, Safetensors weights, Dimension width) {
        Encoder.checkSingleLabel(config, weights, SCORE + ".weight");
        linear(all, "head.score", SCORE, new Dimension("labels", 1), width, weights.has(SCORE + ".bias"));
    }

    static void linear(List<Weight> all, String name, String stored, Dimension out, Dimension in, boolean bias) {
        all.add(new Weight(name + ".weight", stored + ".weight", List.of(out, in)));
        if (bias) {
            all.add(new Weight(name + ".bias", stored + ".bias", List.of(out)));
        }
    }

    static void vector(List<Weight> all, String name, String stored, Dimension width) {
        all.add(new Weight(name, stored, List.of(width)));
    }
}
