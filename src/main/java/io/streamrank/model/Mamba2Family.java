package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Mamba-2 with a one-row {@code score} head over its last token, in the Hugging Face layout or mamba_ssm's. Dao and Gu,
 * https://arxiv.org/abs/2405.21060
 */
final class Mamba2Family implements Family {
    /** Tokens of a chunk: long enough for matrix products, short enough to waste little on a pair's last chunk. */
    private static final int CHUNK = 64;

    @Override
    public String modelType() {
        return StateSpaceShapes.MAMBA2;
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        StateSpaceShapes shapes = new StateSpaceShapes(config, weights);
        shapes.checkOptions();
        checkSingle(config, "/n_groups");
        checkSingle(config, "/ssm_cfg/ngroups");
        Dimension vocabulary = shapes.vocabulary();
        int layers = shapes.layers();
        return new Architecture(
                modelType(),
                StateSpaceShapes.sources("mamba2_state.py", "mamba2.py", "ssd.py"),
                Map.of(
                        "layers", layers,
                        "chunk", CHUNK,
                        "norm_epsilon", config.positive("layer_norm_epsilon", 1e-5),
                        "dt_least", limit(config, 0, 0),
                        "dt_most", limit(config, 1, Float.MAX_VALUE)),
                weights(shapes, vocabulary, layers),
                ModelSettings.MAX_LENGTH_MAX,
                0,
                Math.toIntExact(vocabulary.size()),
                0,
                Memory.SEQUENCE);
    }

    private static void checkSingle(Config config, String pointer) {
        if (config.json().at(pointer).asInt(1) != 1) {
            throw new CheckpointException(
                    config.file(),
                    pointer.substring(1).replace('/', '.') + " is "
                            + config.json().at(pointer) + ", supported: 1",
                    "With more groups transformers and mamba_ssm disagree on the gated norm");
        }
    }

    /** The time step's bounds; infinity has been written as a bare word and as an object. */
    private static double limit(Config config, int index, double absent) {
        JsonNode limits = config.has("time_step_limit")
                ? config.json().path("time_step_limit")
                : config.json().at("/ssm_cfg/dt_limit");
        if (limits.isMissingNode() || limits.isNull()) {
            return absent;
        }
        JsonNode value = limits.path(index);
        String text = value.isObject() ? value.path("__float__").asText() : value.asText();
        if (limits.size() == 2 && text.equals("Infinity")) {
            return Float.MAX_VALUE;
        }
        if (limits.size() != 2 || !value.isNumber() || value.asDouble() < 0) {
            throw new CheckpointException(
                    config.file(),
                    "time_step_limit is " + limits + ", expected two numbers from 0 up",
                    "Mend the file");
        }
        return Math.min(value.asDouble(), Float.MAX_VALUE);
    }

    private static List<Weight> weights(StateSpaceShapes shapes, Dimension vocabulary, int layers) {
        String first = StateSpaceShapes.mixer(0);
        Dimension hidden = shapes.hidden();
        Dimension inner = shapes.inner(hidden, first + "norm.weight");
        Dimension heads = shapes.agreed(shapes.size(first + "A_log", 1, 0), first + "A_log", "/num_heads");
        shapes.agreed(inner.size() / heads.size(), first + "A_log", "/head_dim", "/ssm_cfg/headdim");
        if (inner.size() % heads.size() != 0) {
            throw new CheckpointException(
                    shapes.weights().file(),
                    "tensor " + first + "A_log has " + heads.size() + " heads, expected a divisor of " + inner,
                    "Fetch the complete checkpoint");
        }
        Dimension conv = new Dimension("expand x " + hidden.key() + " + 2 x state size", convolved(shapes, inner));
        Dimension taps = shapes.taps();
        Dimension in = new Dimension("gate + convolved + heads", inner.size() + conv.size() + heads.size());
        boolean bias = shapes.flag("use_bias", "/ssm_cfg/bias", false);
        boolean convBias = shapes.flag("use_conv_bias", "/ssm_cfg/conv_bias", true);

        List<Weight> all = new ArrayList<>();
        all.add(new Weight("embeddings.weight", shapes.embeddings(), List.of(vocabulary, hidden)));
        for (int i = 0; i < layers; i++) {
            String name = "layer." + i + ".";
            String mixer = StateSpaceShapes.mixer(i);
            Causal.vector(all, name + "norm.weight", "backbone.layers." + i + ".norm.weight", hidden);
            Encoder.linear(all, name + "in", mixer + "in_proj", in, hidden, bias);
            all.add(new Weight(
                    name + "conv.weight", mixer + "conv1d.weight", List.of(conv, new Dimension("depthwise", 1), taps)));
            if (convBias) {
                Causal.vector(all, name + "conv.bias", mixer + "conv1d.bias", conv);
            }
            Causal.vector(all, name + "dt.bias", mixer + "dt_bias", heads);
            Causal.vector(all, name + "a_log", mixer + "A_log", heads);
            Causal.vector(all, name + "d", mixer + "D", heads);
            Causal.vector(all, name + "gate.weight", mixer + "norm.weight", inner);
            Encoder.linear(all, name + "out", mixer + "out_proj", hidden, inner, bias);
        }
        Causal.vector(all, "norm.weight", "backbone.norm_f.weight", hidden);
        Causal.head(all, shapes.config(), shapes.weights(), hidden);
        return all;
    }

    /** Channels under the convolution: the inner ones, and B and C of one state size each. */
    private static long convolved(StateSpaceShapes shapes, Dimension inner) {
        String tensor = StateSpaceShapes.mixer(0) + "conv1d.weight";
        long channels = shapes.size(tensor, 3, 0);
        long rest = channels - inner.size();
        shapes.agreed(rest / 2, tensor, "/state_size", "/ssm_cfg/d_state");
        if (rest <= 0 || rest % 2 != 0) {
            throw new CheckpointException(
                    shapes.weights().file(),
                    "tensor " + tensor + " has " + channels + " channels, expected " + inner.size()
                            + " and twice the state size",
                    "Fetch the complete checkpoint");
        }
        return channels;
    }
}
