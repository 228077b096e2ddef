package io.streamrank.training;

import io.streamrank.model.Parameter;
import io.streamrank.model.Trainable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** First values for what a checkpoint lacks of a ranking head, the same for a seed on every machine. */
final class FreshWeights {
    private FreshWeights() {}

    /** Matrices normal with the checkpoint's own initializer_range, norms the identity, biases zero. */
    static Map<String, float[]> of(Trainable trainable, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> fresh = new LinkedHashMap<>();
        for (Parameter parameter : trainable.parameters()) {
            if (parameter.fresh()) {
                fresh.put(parameter.name(), values(parameter, trainable.initializerRange(), random));
            }
        }
        return fresh;
    }

    private static float[] values(Parameter parameter, double range, Random random) {
        float[] values = new float[parameter.size()];
        boolean bias = parameter.name().endsWith(".bias");
        boolean norm = parameter.shape().size() == 1;
        for (int i = 0; i < values.length; i++) {
            values[i] = bias ? 0 : norm ? 1 : (float) (random.nextGaussian() * range);
        }
        return values;
    }
}
