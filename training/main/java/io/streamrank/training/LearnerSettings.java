package io.streamrank.training;

import static java.util.Objects.requireNonNull;

import io.streamrank.model.Arithmetic;
import java.util.List;
import java.util.OptionalDouble;

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
        OptimizerSettings optimizer) {
    /** Where larger passes are no faster. */
    static final int TOKENS_ON_CPU = 8192;

    /** As many as a large GPU makes the most of; a smaller one's memory halves them. */
    static final int TOKENS_ON_GPU = 262_144;

    public LearnerSettings {
        requireNonNull(devices, "devices");
        requireNonNull(arithmetic, "arithmetic");
        requireNonNull(loss, "loss");
        requireNonNull(optimizer, "optimizer");
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
                OptimizerSettings.defaults());
    }

    /** On one device. */
    public LearnerSettings withDevice(String name, Arithmetic types) {
        return withDevices(Devices.of(List.of(name)), types);
    }

    public LearnerSettings withDevices(Devices value, Arithmetic types) {
        return new LearnerSettings(
                value, threads, types, microBatchTokens, recompute, dropout, attentionDropout, seed, loss, optimizer);
    }

    public LearnerSettings withThreads(int count) {
        return new LearnerSettings(
                devices,
                count,
                arithmetic,
                microBatchTokens,
                recompute,
                dropout,
                attentionDropout,
                seed,
                loss,
                optimizer);
    }

    public LearnerSettings withMicroBatchTokens(int tokens) {
        return new LearnerSettings(
                devices, threads, arithmetic, tokens, recompute, dropout, attentionDropout, seed, loss, optimizer);
    }

    public LearnerSettings withRecompute(boolean value) {
        return new LearnerSettings(
                devices,
                threads,
                arithmetic,
                microBatchTokens,
                value,
                dropout,
                attentionDropout,
                seed,
                loss,
                optimizer);
    }

    public LearnerSettings withDropout(double inSublayers, double inAttention) {
        return new LearnerSettings(
                devices,
                threads,
                arithmetic,
                microBatchTokens,
                recompute,
                OptionalDouble.of(inSublayers),
                OptionalDouble.of(inAttention),
                seed,
                loss,
                optimizer);
    }

    public LearnerSettings withSeed(long value) {
        return new LearnerSettings(
                devices,
                threads,
                arithmetic,
                microBatchTokens,
                recompute,
                dropout,
                attentionDropout,
                value,
                loss,
                optimizer);
    }

    public LearnerSettings withLoss(LossSettings value) {
        return new LearnerSettings(
                devices,
                threads,
                arithmetic,
                microBatchTokens,
                recompute,
                dropout,
                attentionDropout,
                seed,
                value,
                optimizer);
    }

    public LearnerSettings withOptimizer(OptimizerSettings value) {
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
                value);
    }
}
