package io.streamrank.model;

import java.util.List;
import java.util.Set;

/**
 * The random zeros that a checkpoint was trained with, by its configuration, else by its family's defaults in
 * transformers.
 *
 * @param hidden share in what sublayers add
 * @param attention share of attention weights
 */
record Dropout(double hidden, double attention) {
    private static final double USUAL = 0.1;

    private static final Set<String> IN_BOTH =
            Set.of("bert", "roberta", "xlm-roberta", "electra", "deberta-v2", "distilbert");

    private static final Set<String> IN_SUBLAYERS = Set.of("bart", "opt");

    static Dropout of(Config config, String family) {
        boolean both = IN_BOTH.contains(family);
        return new Dropout(
                share(
                        config,
                        List.of("hidden_dropout_prob", "dropout"),
                        both || IN_SUBLAYERS.contains(family) ? USUAL : 0),
                share(config, List.of("attention_probs_dropout_prob", "attention_dropout"), both ? USUAL : 0));
    }

    private static double share(Config config, List<String> keys, double absent) {
        return keys.stream()
                .filter(config::has)
                .findFirst()
                .map(key -> config.share(key, absent))
                .orElse(absent);
    }
}
