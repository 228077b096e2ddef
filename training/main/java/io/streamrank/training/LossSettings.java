package io.streamrank.training;

import java.util.Map;

/**
 * What training makes small: a weighted sum of losses, each of 0 left out. {@code losses.py} says what each is.
 *
 * @param softmax weight of the softmax cross-entropy over a group
 * @param kl weight of the Kullback-Leibler divergence from the teacher
 * @param temperature the temperature of both softmaxes in that
 * @param margin weight of margin-MSE
 * @param lambda weight of LambdaLoss' NDCG-Loss2++
 * @param lambdaMu how much rank distances count in that
 * @param pointwise weight of the binary cross-entropy of each document by itself
 */
public record LossSettings(
        double softmax,
        double kl,
        double temperature,
        double margin,
        double lambda,
        double lambdaMu,
        double pointwise) {
    /** The value that the authors of LambdaLoss' widespread implementations use. */
    public static final double DEFAULT_LAMBDA_MU = 10;

    public LossSettings {
        Settings.atLeast("softmax", softmax, 0);
        Settings.atLeast("kl", kl, 0);
        Settings.positive("temperature", temperature);
        Settings.atLeast("margin", margin, 0);
        Settings.atLeast("lambda", lambda, 0);
        Settings.atLeast("lambda-mu", lambdaMu, 0);
        Settings.atLeast("pointwise", pointwise, 0);
        if (softmax + kl + margin + lambda + pointwise <= 0) {
            throw new IllegalArgumentException("every loss has weight 0: give one of them more");
        }
    }

    /** Softmax cross-entropy alone. */
    public static LossSettings defaults() {
        return new LossSettings(1, 0, 1, 0, 0, DEFAULT_LAMBDA_MU, 0);
    }

    public LossSettings withSoftmax(double weight) {
        return new LossSettings(weight, kl, temperature, margin, lambda, lambdaMu, pointwise);
    }

    public LossSettings withKl(double weight, double atTemperature) {
        return new LossSettings(softmax, weight, atTemperature, margin, lambda, lambdaMu, pointwise);
    }

    public LossSettings withMargin(double weight) {
        return new LossSettings(softmax, kl, temperature, weight, lambda, lambdaMu, pointwise);
    }

    public LossSettings withLambda(double weight, double mu) {
        return new LossSettings(softmax, kl, temperature, margin, weight, mu, pointwise);
    }

    public LossSettings withPointwise(double weight) {
        return new LossSettings(softmax, kl, temperature, margin, lambda, lambdaMu, weight);
    }

    /** Whether there is a loss that says nothing of a group without a relevant document. */
    boolean needsRelevant() {
        return softmax > 0;
    }

    /** Whether there is a loss that says nothing of documents that no teacher scored. */
    boolean needsTeacher() {
        return kl + margin > 0;
    }

    /** @throws TrainingException for a group that a loss can say nothing about */
    void check(Group group) {
        if (needsRelevant() && !group.hasRelevant()) {
            throw new TrainingException("a group without a relevant document, which softmax cross-entropy needs");
        }
        if (needsTeacher() && !group.hasTeacher()) {
            throw new TrainingException("a group with documents that no teacher scored, which distillation needs");
        }
    }

    Map<String, Object> constants() {
        return Map.of(
                "softmax_weight", softmax,
                "kl_weight", kl,
                "temperature", temperature,
                "margin_weight", margin,
                "lambda_weight", lambda,
                "lambda_mu", lambdaMu,
                "pointwise_weight", pointwise);
    }
}
