package io.streamrank.training.run;

import java.io.IOException;
import java.util.Map;

/** Takes what a trainer measures, as it goes. */
public interface RunMetrics {

    /**
     * Takes what a step of the optimizer met.
     *
     * @param step counted from 1 over all epochs
     * @param epoch counted from 0, with its fraction: 1.5 is the middle of the second
     * @param values by name: {@code loss}, {@code learning_rate}, {@code gradient_norm}, …
     */
    void step(long step, double epoch, Map<String, Double> values) throws IOException;

    /**
     * Takes how well the model ranks after a step.
     *
     * @param step counted from 1; 0 is the model before training
     * @param epoch counted from 0, with its fraction
     * @param values by the measure's name: {@code ndcg_cut_10}, …
     */
    void validation(long step, double epoch, Map<String, Double> values) throws IOException;
}
