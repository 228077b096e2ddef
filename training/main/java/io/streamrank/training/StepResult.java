package io.streamrank.training;

/**
 * What a step of the optimizer met.
 *
 * @param loss the mean loss of the batch's groups
 * @param gradientNorm of all gradients together, before clipping
 * @param skipped whether nothing was changed, as loss or gradients were not finite, or the loss beyond its limit
 */
public record StepResult(double loss, double gradientNorm, boolean skipped) {}
