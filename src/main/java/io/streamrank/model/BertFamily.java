package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * BERT with a one-label classification head, as transformers' {@code BertForSequenceClassification} saves it. The
 * {@code bert.} prefix may be missing. Devlin et al., https://arxiv.org/abs/1810.04805
 */
final class BertFamily implements Family {
    private static final String WORDS = "embeddings.word_embeddings.weight";
    private static final String CLASSIFIER = "classifier";

    @Override
    public String modelType() {
        return "bert";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        if (!config.text("position_embedding_type", "absolute").equals("absolute")) {
            throw config.unsupported("position_embedding_type", "\"absolute\"");
        }
        if (config.flag("is_decoder")) {
            throw config.unsupported("is_decoder", "false");
        }
        Encoder.checkSingleLabel(config, weights, CLASSIFIER + ".weight");
        int layers = config.count("num_hidden_layers");
        return new Architecture(
                modelType(),
                List.of("reranker.py", "blocks.py", "bert.py"),
                Map.of(
                        "layers", layers,
                        "heads", Encoder.heads(config),
                        "activation", Encoder.activation(config, "hidden_act"),
                        "norm_epsilon", config.positive("layer_norm_eps", 1e-12)),
                weights(config, weights.has("bert." + WORDS) || !weights.has(WORDS) ? "bert." : "", layers),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                config.count("type_vocab_size", 2));
    }

    private static List<Weight> weights(Config config, String prefix, int layers) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension inner = Dimension.of(config, "intermediate_size");
        Dimension label = new Dimension("labels", 1);
        Dimension segments = new Dimension("type_vocab_size", config.count("type_vocab_size", 2));
        List<Weight> all = new ArrayList<>();
        String embeddings = prefix + "embeddings.";
        all.add(new Weight(
                "embeddings.word.weight", prefix + WORDS, List.of(Dimension.of(config, "vocab_size"), hidden)));
        all.add(new Weight(
                "embeddings.position.weight",
                embeddings + "position_embeddings.weight",
                List.of(Dimension.of(config, "max_position_embeddings"), hidden)));
        all.add(new Weight(
                "embeddings.segment.weight", embeddings + "token_type_embeddings.weight", List.of(segments, hidden)));
        Encoder.norm(all, "embeddings.norm", embeddings + "LayerNorm", hidden);
        for (int i = 0; i < layers; i++) {
            layer(all, "layer." + i + ".", prefix + "encoder.layer." + i + ".", hidden, inner);
        }
        Encoder.linear(all, "head.pooler", prefix + "pooler.dense", hidden, hidden);
        Encoder.linear(all, "head.score", CLASSIFIER, label, hidden);
        return all;
    }

    private static void layer(List<Weight> all, String name, String stored, Dimension hidden, Dimension inner) {
        for (String part : List.of("query", "key", "value")) {
            Encoder.linear(all, name + "attention." + part, stored + "attention.self." + part, hidden, hidden);
        }
        Encoder.linear(all, name + "attention.output", stored + "attention.output.dense", hidden, hidden);
        Encoder.norm(all, name + "attention.norm", stored + "attention.output.LayerNorm", hidden);
        Encoder.linear(all, name + "feedforward.up", stored + "intermediate.dense", inner, hidden);
        Encoder.linear(all, name + "feedforward.down", stored + "output.dense", hidden, inner);
        Encoder.norm(all, name + "feedforward.norm", stored + "output.LayerNorm", hidden);
    }
}
