package io.streamrank.model;

import java.util.List;

/** Tensor names that BERT, RoBERTa and ELECTRA share, for {@code postnorm.py}. */
final class BertLayers {
    static final String WORDS = "embeddings.word_embeddings.weight";

    private BertLayers() {}

    /** Refuses what the shared layers do not compute. */
    static void check(Config config) {
        if (!config.text("position_embedding_type", "absolute").equals("absolute")) {
            throw config.unsupported("position_embedding_type", "\"absolute\"");
        }
        if (config.flag("is_decoder")) {
            throw config.unsupported("is_decoder", "false");
        }
    }

    /** How many segment ids there are; most RoBERTas have one, which is none. */
    static int segments(Config config) {
        int segments = config.count("type_vocab_size", 2);
        return segments == 1 ? 0 : segments;
    }

    /** Words, positions, segments and their norm. */
    static void embeddings(List<Weight> all, Config config, String prefix, Dimension width) {
        String embeddings = prefix + "embeddings.";
        Dimension segments = new Dimension("type_vocab_size", config.count("type_vocab_size", 2));
        all.add(new Weight(
                "embeddings.word.weight", prefix + WORDS, List.of(Dimension.of(config, "vocab_size"), width)));
        all.add(new Weight(
                "embeddings.position.weight",
                embeddings + "position_embeddings.weight",
                List.of(Dimension.of(config, "max_position_embeddings"), width)));
        all.add(new Weight(
                "embeddings.segment.weight", embeddings + "token_type_embeddings.weight", List.of(segments, width)));
        Encoder.norm(all, "embeddings.norm", embeddings + "LayerNorm", width);
    }

    /** All layers, whose query, key and value are called {@code attention.self.query} and so on with a suffix. */
    static void layers(List<Weight> all, Config config, String prefix, String suffix) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension inner = Dimension.of(config, "intermediate_size");
        for (int i = 0; i < config.count("num_hidden_layers"); i++) {
            layer(all, "layer." + i + ".", prefix + "encoder.layer." + i + ".", suffix, hidden, inner);
        }
    }

    private static void layer(
            List<Weight> all, String name, String stored, String suffix, Dimension hidden, Dimension inner) {
        for (String part : List.of("query", "key", "value")) {
            Encoder.linear(all, name + "attention." + part, stored + "attention.self." + part + suffix, hidden, hidden);
        }
        Encoder.linear(all, name + "attention.output", stored + "attention.output.dense", hidden, hidden);
        Encoder.norm(all, name + "attention.norm", stored + "attention.output.LayerNorm", hidden);
        Encoder.linear(all, name + "feedforward.up", stored + "intermediate.dense", inner, hidden);
        Encoder.linear(all, name + "feedforward.down", stored + "output.dense", hidden, inner);
        Encoder.norm(all, name + "feedforward.norm", stored + "output.LayerNorm", hidden);
    }
}
