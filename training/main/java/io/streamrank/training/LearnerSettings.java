package io.streamrank.training;

import static java.util.Objects.requireNonNull;

import io.streamrank.model.Arithmetic;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * How a {@link Learner} computes.
 *
 * @param devices where: one or several
 * @param threads CPU threads of one operation, process-wide; 0 leaves libtorch's choice
 * @param arithmetic the types
 * @param microBatchTokens tokens of one forward and backward pass: it bounds the memory of activations
 * @param recompute whether activations are computed twice, layer by layer, so that one layer's have to fit at a time:
 *     a third more work
 * @param dropout share of random zeros in what sublayers add; empty for what the checkpoint was trained with
 * @param attentionDropout share of attention weights set to zero; empty likewise
 * @param seed of new heads and of random zeros
 * @param loss what is made small
 * @param optimizer how weights change
 * @param operators the library of CUDA operators: {@code auto} (the one beside libtorch's libraries, if any),
 *     {@code none}, or its file
 */
public record LearnerSettings(
        Devices devices,
        int threads,
        Arithmetic arithmetic,
        int microBatchTokens,
        boolean recompute,
        OptionalDouble dropout,
        OptionalDouble attentionDropout,
        long seed,
        LossSettings loss,
        OptimizerSettings optimizer,
        String operators) {
    /** Where larger passes are no faster. */
    static final int TOKENS_ON_CPU = 8192;

    /** As many as a large GPU makes the most of; a smaller one's memory halves them. */
    static final int TOKENS_ON_GPU = 262_144;

    public LearnerSettings {
        requireNonNull(devices, "devices");
        requireNonNull(arithmetic, "arithmetic");
        requireNonNull(loss, "loss");
        requireNonNull(optimizer, "optimizer");
        requireNonNull(operators, "operators");
        Settings.atLeast("micro-batch-tokens", microBatchTokens, 1);
        dropout.ifPresent(share -> Settings.share("dropout", share));
        attentionDropout.ifPresent(share -> Settings.share("attention-dropout", share));
    }

    /** On the CPU in float32, 8,192 tokens a pass, random zeros as the checkpoint was trained with. */
    public static LearnerSettings defaults() {
        return new LearnerSettings(
                Devices.of(List.of("cpu")),
                0,
                Arithmetic.FLOAT32,
                TOKENS_ON_CPU,
                false,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                1,
                LossSettings.defaults(),
                OptimizerSettings.defaults(),
                "auto");
    }

    /** On one device. */
    public LearnerSettings withDevice(String name, Arithmetic types) {
        return withDevices(Devices.of(List.of(name)), types);
    }

    public LearnerSettings withDevices(Devices value, Arithmetic types) {
        return changed(draft -> {
            draft.devices = value;
            draft.arithmetic = types;
        });
    }

    public LearnerSettings withThreads(int count) {
        return changed(draft -> draft.threads = count);
    }

    public LearnerSettings withMicroBatchTokens(int tokens) {
        return changed(draft -> draft.microBatchTokens = tokens);
    }

    public LearnerSettings withRecompute(boolean value) {
        return changed(draft -> draft.recompute = value);
    }

    public LearnerSettings withDropout(double inSublayers, double inAttention) {
        return changed(draft -> {
            draft.dropout = OptionalDouble.of(inSublayers);
            draft.attentionDropout = OptionalDouble.of(inAttention);
        });
    }

    public LearnerSettings withSeed(long value) {
        return changed(draft -> draft.seed = value);
    }

    public LearnerSettings withLoss(LossSettings value) {
        return changed(draft -> draft.loss = value);
    }

    public LearnerSettings withOptimizer(OptimizerSettings value) {
        return changed(draft -> draft.optimizer = value);
    }

    public LearnerSettings withOperators(String value) {
        return changed(draft -> draft.operators = value);
    }

    private LearnerSettings changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** Settings while some of them are changed. */
    private static final class Draft {
        private Devices devices;
        private int threads;
        private Arithmetic arithmetic;
        private int microBatchTokens;
        private boolean recompute;
        private OptionalDouble dropout;
        private OptionalDouble attentionDropout;
        private long seed;
        private LossSettings loss;
        private OptimizerSettings optimizer;
        private String operators;

        Draft(LearnerSettings settings) {
            devices = settings.devices;
            threads = settings.threads;
            arithmetic = settings.arithmetic;
            microBatchTokens = settings.microBatchTokens;
            recompute = settings.recompute;
            dropout = settings.dropout;
            attentionDropout = settings.attentionDropout;
            seed = settings.seed;
            loss = settings.loss;
            optimizer = settings.optimizer;
            operators = settings.operators;
        }

        LearnerSettings settings() {
            return new LearnerSettings(
                    devices,
                    threads,
                    arithmetic,
                    microBatchTokens,
                    recompute,
                    dropout,
                    attentionDropout,
                    seed,
                    loss,
                    optimizer,
                    operators);
        }
    }
}
