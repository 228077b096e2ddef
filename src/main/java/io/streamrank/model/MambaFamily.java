package io.streamrank.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Mamba with a one-row {@code score} head over its last token, in the Hugging Face layout or mamba_ssm's. Gu and Dao,
 * https://arxiv.org/abs/2312.00752
 */
final class MambaFamily implements Family {
    /** Tokens of a chunk: as many steps follow each other, and each costs a pass over all chunks' states. */
    private static final int CHUNK = 16;

    @Override
    public String modelType() {
        return StateSpaceShapes.MAMBA;
    }

    @Override
    public Architecture read(Config config, Safetensors weights) {
        StateSpaceShapes shapes = new StateSpaceShapes(config, weights);
        shapes.checkOptions();
        Dimension vocabulary = shapes.vocabulary();
        int layers = shapes.layers();
        return new Architecture(
                modelType(),
                StateSpaceShapes.sources("mamba_state.py", "mamba.py"),
                Map.of(
                        "layers", layers,
                        "chunk", CHUNK,
                        "norm_epsilon", config.positive("layer_norm_epsilon", 1e-5)),
                weights(shapes, vocabulary, layers),
                ModelSettings.MAX_LENGTH_MAX,
                0,
                Math.toIntExact(vocabulary.size()),
                0,
                Memory.SEQUENCE);
    }

    private static List<Weight> weights(StateSpaceShapes shapes, Dimension vocabulary, int layers) {
        String first = StateSpaceShapes.mixer(0);
        Dimension hidden = shapes.hidden();
        Dimension inner = shapes.inner(hidden, first + "D");
        Dimension both = new Dimension("2 x " + inner.key(), 2 * inner.size());
        Dimension state =
                shapes.agreed(shapes.size(first + "A_log", 2, 1), first + "A_log", "/state_size", "/ssm_cfg/d_state");
        Dimension rank = shapes.agreed(
                shapes.size(first + "dt_proj.weight", 2, 1),
                first + "dt_proj.weight",
                "/time_step_rank",
                "/ssm_cfg/dt_rank");
        Dimension steered = new Dimension(rank.key() + " + 2 x " + state.key(), rank.size() + 2 * state.size());
        Dimension taps = shapes.taps();
        boolean bias = shapes.flag("use_bias", "/ssm_cfg/bias", false);
        boolean convBias = shapes.flag("use_conv_bias", "/ssm_cfg/conv_bias", true);

        List<Weight> all = new ArrayList<>();
        all.add(new Weight("embeddings.weight", shapes.embeddings(), List.of(vocabulary, hidden)));
        for (int i = 0; i < layers; i++) {
            String name = "layer." + i + ".";
            String mixer = StateSpaceShapes.mixer(i);
            Causal.vector(all, name + "norm.weight", "backbone.layers." + i + ".norm.weight", hidden);
            Encoder.linear(all, name + "in", mixer + "in_proj", both, hidden, bias);
            all.add(new Weight(
                    name + "conv.weight",
                    mixer + "conv1d.weight",
                    List.of(inner, new Dimension("depthwise", 1), taps)));
            if (convBias) {
                Causal.vector(all, name + "conv.bias", mixer + "conv1d.bias", inner);
            }
            Encoder.linear(all, name + "x", mixer + "x_proj", steered, inner, false);
            Encoder.linear(all, name + "dt", mixer + "dt_proj", inner, rank, true);
            all.add(new Weight(name + "a_log", mixer + "A_log", List.of(inner, state)));
            Causal.vector(all, name + "d", mixer + "D", inner);
            Encoder.linear(all, name + "out", mixer + "out_proj", hidden, inner, bias);
        }
        Causal.vector(all, "norm.weight", "backbone.norm_f.weight", hidden);
        Causal.head(all, shapes.config(), shapes.weights(), hidden);
        return all;
    }
}
