package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.Trainable;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of every family's forward pass against finite differences, everything in float64. */
class GradientTest {
    private static final double STEP = 1e-5;

    @ParameterizedTest
    @MethodSource("io.streamrank.training.GoldenCheckpoint#families")
    void everyWeightHasTheSlopeOfTheLoss(String family) {
        LearnerSettings settings = GoldenCheckpoint.exact().withDevice("cpu", Arithmetic.FLOAT64);
        try (Trainable trainable = GoldenCheckpoint.open(family);
                Learner learner = Learner.of(trainable, settings)) {
            List<Group> batch = GoldenCheckpoint.examples(3, 2, 3).stream()
                    .map(learner::encode)
                    .toList();
            learner.accumulate(batch);
            Random random = new Random(4);
            for (int p = 0; p < learner.trained(); p++) {
                double[] gradient = learner.getWide(Learner.Table.GRADIENTS, p);
                double[] weight = learner.getWide(Learner.Table.WEIGHTS, p);
                double[] direction = random.doubles(weight.length, -1, 1).toArray();
                double along = 0;
                for (int i = 0; i < weight.length; i++) {
                    along += gradient[i] * direction[i];
                }
                double slope = (lossAt(learner, batch, p, weight, direction, STEP)
                                - lossAt(learner, batch, p, weight, direction, -STEP))
                        / (2 * STEP);
                learner.putWide(Learner.Table.WEIGHTS, p, weight);

                assertThat(along)
                        .as(learner.parameters().get(p).name())
                        .isCloseTo(slope, org.assertj.core.data.Offset.offset(1e-6 + 1e-5 * Math.abs(slope)));
            }
        }
    }

    private static double lossAt(
            Learner learner, List<Group> batch, int parameter, double[] weight, double[] direction, double step) {
        double[] moved = weight.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += step * direction[i];
        }
        learner.putWide(Learner.Table.WEIGHTS, parameter, moved);
        return learner.loss(batch);
    }
}
