package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ModernBERT with a classification head, as transformers' {@code ModernBertForSequenceClassification} saves it, with the
 * configuration keys of transformers 4 or 5. The {@code model.} prefix may be missing. Warner et al.,
 * https://arxiv.org/abs/2412.13663
 */
final class ModernBertFamily implements Family {
    private static final String WORDS = "embeddings.tok_embeddings.weight";
    private static final String CLASSIFIER = "classifier";

    @Override
    public String modelType() {
        return "modernbert";
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        Dimension labels = Encoder.labels(config, weights, CLASSIFIER + ".weight");
        String pooling = config.text("classifier_pooling", "cls");
        if (!pooling.equals("cls") && !pooling.equals("mean")) {
            throw config.unsupported("classifier_pooling", "\"cls\", \"mean\"");
        }
        int heads = Encoder.heads(config);
        if (config.count("hidden_size") / heads % 2 != 0) {
            throw config.unsupported("num_attention_heads", "heads of an even width");
        }
        ModernBertAttention attention = ModernBertAttention.read(config);
        return new Architecture(
                modelType(),
                List.of("blocks.py", "modernbert.py"),
                Map.ofEntries(
                        Map.entry("layers", config.count("num_hidden_layers")),
                        Map.entry("heads", heads),
                        Map.entry("activation", Encoder.activation(config, "hidden_activation")),
                        Map.entry("head_activation", Encoder.activation(config, "classifier_activation")),
                        Map.entry("norm_epsilon", config.positive("norm_eps", 1e-5)),
                        Map.entry("layer_kinds", attention.kinds()),
                        Map.entry("window", attention.window()),
                        Map.entry("global_theta", attention.globalTheta()),
                        Map.entry("local_theta", attention.localTheta()),
                        Map.entry("pooling", pooling)),
                weights(config, Encoder.prefix(weights, "model.", WORDS), labels),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                0);
    }

    private static List<Weight> weights(Config config, String prefix, Dimension labels) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        boolean normBias = config.flag("norm_bias");
        List<Weight> all = new ArrayList<>();
        all.add(new Weight(
                "embeddings.word.weight", prefix + WORDS, List.of(Dimension.of(config, "vocab_size"), hidden)));
        Encoder.norm(all, "embeddings.norm", prefix + "embeddings.norm", hidden, normBias);
        for (int i = 0; i < config.count("num_hidden_layers"); i++) {
            layer(all, config, i, prefix + "layers." + i + ".", hidden);
        }
        Encoder.norm(all, "head.final", prefix + "final_norm", hidden, normBias);
        Encoder.linear(all, "head.dense", "head.dense", hidden, hidden, config.flag("classifier_bias"));
        Encoder.norm(all, "head.norm", "head.norm", hidden, normBias);
        Encoder.linear(all, "head.score", CLASSIFIER, labels, hidden);
        return all;
    }

    private static void layer(List<Weight> all, Config config, int index, String stored, Dimension hidden) {
        String name = "layer." + index + ".";
        int inner = config.count("intermediate_size");
        Dimension twice = new Dimension("2 intermediate_size", 2L * inner);
        Dimension thrice = new Dimension("3 hidden_size", 3 * hidden.size());
        boolean attentionBias = config.flag("attention_bias");
        boolean innerBias = config.flag("mlp_bias");
        boolean normBias = config.flag("norm_bias");
        if (index > 0) {
            // The first layer's input is the embeddings' norm already.
            Encoder.norm(all, name + "attention.norm", stored + "attn_norm", hidden, normBias);
        }
        Encoder.linear(all, name + "attention.qkv", stored + "attn.Wqkv", thrice, hidden, attentionBias);
        Encoder.linear(all, name + "attention.output", stored + "attn.Wo", hidden, hidden, attentionBias);
        Encoder.norm(all, name + "feedforward.norm", stored + "mlp_norm", hidden, normBias);
        Encoder.linear(all, name + "feedforward.up", stored + "mlp.Wi", twice, hidden, innerBias);
        Encoder.linear(
                all,
                name + "feedforward.down",
                stored + "mlp.Wo",
                hidden,
                new Dimension("intermediate_size", inner),
                innerBias);
    }
}
