package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Llama and its near kin with a one-row {@code score} head over the last token, as transformers'
 * {@code LlamaForSequenceClassification} saves it, or with rows of the language-model head in its place, as
 * {@code LlamaForCausalLM} does. The {@code model.} prefix may be missing.
 */
final class LlamaFamily implements LanguageModelFamily {
    /** Where the kin differ. */
    enum Kin {
        LLAMA("llama"),
        /** Biases on queries, keys and values. https://arxiv.org/abs/2407.10671 */
        QWEN2("qwen2"),
        /** Norms on queries and keys. https://arxiv.org/abs/2505.09388 */
        QWEN3("qwen3");

        private final String modelType;

        Kin(String modelType) {
            this.modelType = modelType;
        }

        String modelType() {
            return modelType;
        }
    }

    private static final String WORDS = "embed_tokens.weight";

    private final Kin kin;

    LlamaFamily(Kin kin) {
        this.kin = kin;
    }

    @Override
    public String modelType() {
        return kin.modelType;
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        return read(config, weights, List.of());
    }

    @Override
    public Architecture read(Config config, Safetensors weights, List<Integer> labels) {
        checkOptions(config);
        int heads = config.count("num_attention_heads");
        int keyHeads = config.count("num_key_value_heads", heads);
        if (heads % keyHeads != 0) {
            throw config.unsupported("num_key_value_heads", "a divisor of num_attention_heads " + heads);
        }
        int width =
                config.has("head_dim") ? config.count("head_dim") : config.count("hidden_size") / Encoder.heads(config);
        if (width % 2 != 0) {
            throw config.unsupported("head_dim", "an even number");
        }
        return new Architecture(
                modelType(),
                List.of("blocks.py", "causal.py", "decoder.py", "llama.py"),
                Map.of(
                        "layers",
                        config.count("num_hidden_layers"),
                        "heads",
                        heads,
                        "kv_heads",
                        keyHeads,
                        "head_width",
                        width,
                        "norm_epsilon",
                        config.positive("rms_norm_eps", 1e-6),
                        "rotary_frequencies",
                        Rotary.frequencies(config, width, "rope_theta", "partial_rotary_factor", 1)),
                weights(config, weights, heads * width, keyHeads * width, labels),
                config.count("max_position_embeddings"),
                0,
                config.count("vocab_size"),
                0,
                Memory.TOKEN);
    }

    private static void checkOptions(Config config) {
        if (!config.text("hidden_act", "silu").equals("silu")) {
            throw config.unsupported("hidden_act", "silu");
        }
        if (config.flag("use_sliding_window")) {
            throw config.unsupported("use_sliding_window", "false");
        }
        config.json().path("layer_types").forEach(type -> {
            if (!type.asText().equals("full_attention")) {
                throw config.unsupported("layer_types", "full_attention in every layer");
            }
        });
    }

    private List<Weight> weights(Config config, Safetensors file, int queries, int keys, List<Integer> labels) {
        String prefix = file.has("model." + WORDS) || !file.has(WORDS) ? "model." : "";
        Dimension hidden = Dimension.of(config, "hidden_size");
        List<Weight> all = new ArrayList<>();
        Dimension words = Dimension.of(config, "vocab_size");
        all.add(new Weight("embeddings.weight", prefix + WORDS, List.of(words, hidden)));
        for (int i = 0; i < config.count("num_hidden_layers"); i++) {
            String stored = prefix + "layers." + i + ".";
            attention(all, config, "layer." + i + ".attention.", stored, queries, keys);
            feedForward(all, config, "layer." + i + ".feedforward.", stored);
        }
        Causal.vector(all, "norm.weight", prefix + "norm.weight", hidden);
        if (labels.isEmpty()) {
            Causal.head(all, config, file, hidden);
        } else {
            String head = config.flag("tie_word_embeddings") ? prefix + WORDS : "lm_head.weight";
            all.add(Causal.labels(config, head, words, hidden, labels));
        }
        return all;
    }

    private void attention(List<Weight> all, Config config, String name, String stored, int queries, int keys) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension query = new Dimension("num_attention_heads x head_dim", queries);
        Dimension key = new Dimension("num_key_value_heads x head_dim", keys);
        boolean asked = kin != Kin.QWEN2 && config.flag("attention_bias");
        boolean bias = kin == Kin.QWEN2 || asked;
        Causal.vector(all, name + "norm.weight", stored + "input_layernorm.weight", hidden);
        Encoder.linear(all, name + "query", stored + "self_attn.q_proj", query, hidden, bias);
        Encoder.linear(all, name + "key", stored + "self_attn.k_proj", key, hidden, bias);
        Encoder.linear(all, name + "value", stored + "self_attn.v_proj", key, hidden, bias);
        Encoder.linear(all, name + "output", stored + "self_attn.o_proj", hidden, query, asked);
        if (kin == Kin.QWEN3) {
            Dimension width = new Dimension("head_dim", queries / config.count("num_attention_heads"));
            Causal.vector(all, name + "query_norm.weight", stored + "self_attn.q_norm.weight", width);
            Causal.vector(all, name + "key_norm.weight", stored + "self_attn.k_norm.weight", width);
        }
    }

    private void feedForward(List<Weight> all, Config config, String name, String stored) {
        Dimension hidden = Dimension.of(config, "hidden_size");
        Dimension inner = Dimension.of(config, "intermediate_size");
        boolean bias = kin == Kin.LLAMA && config.flag("mlp_bias");
        Causal.vector(all, name + "norm.weight", stored + "post_attention_layernorm.weight", hidden);
        Encoder.linear(all, name + "gate", stored + "mlp.gate_proj", inner, hidden, bias);
        Encoder.linear(all, name + "up", stored + "mlp.up_proj", inner, hidden, bias);
        Encoder.linear(all, name + "down", stored + "mlp.down_proj", hidden, inner, bias);
    }
}
