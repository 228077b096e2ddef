package io.streamrank.training;

import java.util.function.Consumer;

/**
 * How weights change: AdamW, with what goes before and after it.
 *
 * @param learningRate the highest, which the {@link Schedule} scales
 * @param beta1 how much of the gradients' mean is kept at each step
 * @param beta2 how much of their mean square is kept
 * @param epsilon added to the root of the mean square
 * @param weightDecay share of a weight, times the learning rate, taken away at each step; never from norms, biases, and
 *     a state space's A, D and time step
 * @param decayEmbeddings whether embeddings decay too
 * @param layerDecay by what factor the learning rate falls from each layer to the one below it; 1 for no difference
 * @param freezeEmbeddings whether embeddings stay as they are
 * @param clipNorm the longest gradient over all weights; 0 for no limit
 * @param averageDecay how much of the weights' moving average is kept at each step; 0 keeps no average
 */
public record OptimizerSettings(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean decayEmbeddings,
        double layerDecay,
        boolean freezeEmbeddings,
        double clipNorm,
        double averageDecay) {
    public OptimizerSettings {
        Settings.positive("learning-rate", learningRate);
        Settings.share("beta1", beta1);
        Settings.share("beta2", beta2);
        Settings.positive("epsilon", epsilon);
        Settings.atLeast("weight-decay", weightDecay, 0);
        Settings.positive("layer-decay", layerDecay);
        Settings.atLeast("clip-norm", clipNorm, 0);
        Settings.share("average-decay", averageDecay);
    }

    /** What fine-tuning a BERT usually takes. */
    public static OptimizerSettings defaults() {
        return new OptimizerSettings(2e-5, 0.9, 0.999, 1e-8, 0.01, true, 1, false, 1, 0);
    }

    public OptimizerSettings withLearningRate(double value) {
        return changed(draft -> draft.learningRate = value);
    }

    public OptimizerSettings withWeightDecay(double value, boolean ofEmbeddings) {
        return changed(draft -> {
            draft.weightDecay = value;
            draft.decayEmbeddings = ofEmbeddings;
        });
    }

    public OptimizerSettings withLayerDecay(double value) {
        return changed(draft -> draft.layerDecay = value);
    }

    public OptimizerSettings withFrozenEmbeddings(boolean value) {
        return changed(draft -> draft.freezeEmbeddings = value);
    }

    public OptimizerSettings withClipNorm(double value) {
        return changed(draft -> draft.clipNorm = value);
    }

    public OptimizerSettings withAverageDecay(double value) {
        return changed(draft -> draft.averageDecay = value);
    }

    private OptimizerSettings changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** Settings while some of them are changed. */
    private static final class Draft {
        private double learningRate;
        private double beta1;
        private double beta2;
        private double epsilon;
        private double weightDecay;
        private boolean decayEmbeddings;
        private double layerDecay;
        private boolean freezeEmbeddings;
        private double clipNorm;
        private double averageDecay;

        Draft(OptimizerSettings settings) {
            learningRate = settings.learningRate;
            beta1 = settings.beta1;
            beta2 = settings.beta2;
            epsilon = settings.epsilon;
            weightDecay = settings.weightDecay;
            decayEmbeddings = settings.decayEmbeddings;
            layerDecay = settings.layerDecay;
            freezeEmbeddings = settings.freezeEmbeddings;
            clipNorm = settings.clipNorm;
            averageDecay = settings.averageDecay;
        }

        OptimizerSettings settings() {
            return new OptimizerSettings(
                    learningRate,
                    beta1,
                    beta2,
                    epsilon,
                    weightDecay,
                    decayEmbeddings,
                    layerDecay,
                    freezeEmbeddings,
                    clipNorm,
                    averageDecay);
        }
    }
}
