package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.Trainable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            for (Map.Entry<String, List<Integer>> alike : acrossLayers(learner).entrySet()) {
                Direction direction = new Direction(learner, alike.getValue(), random);

                double slope = (direction.loss(batch, STEP) - direction.loss(batch, -STEP)) / (2 * STEP);
                direction.loss(batch, 0);

                assertThat(direction.gradient())
                        .as(alike.getKey())
                        .isCloseTo(slope, within(1e-6 + 1e-5 * Math.abs(slope)));
            }
        }
    }

    /** Were zeros elsewhere in the second pass over a group taken apart, its gradients would be of another loss. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void randomZerosFallWhereTheyFellInBothPassesOverAGroupTakenApart(boolean recompute) {
        LearnerSettings settings = GoldenCheckpoint.exact()
                .withDevice("cpu", Arithmetic.FLOAT64)
                .withDropout(0.3, 0.3)
                .withMicroBatchTokens(1)
                .withRecompute(recompute);
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, settings)) {
            List<Group> batch = GoldenCheckpoint.examples(3, 2, 3).stream()
                    .map(learner::encode)
                    .toList();
            assertThat(learner.prepare(batch).shares().get(0).parts())
                    .allSatisfy(part -> assertThat(part.scoredAtOnce()).isFalse());
            learner.accumulate(batch);
            List<Integer> all = IntStream.range(0, learner.trained()).boxed().toList();
            Direction direction = new Direction(learner, all, new Random(4));
            double along = direction.gradient();

            double slope = (direction.trainingLoss(batch, STEP) - direction.trainingLoss(batch, -STEP)) / (2 * STEP);

            assertThat(along).isCloseTo(slope, within(1e-6 + 1e-5 * Math.abs(slope)));
        }
    }

    /** Weights of one name in all layers, which one direction covers. */
    private static Map<String, List<Integer>> acrossLayers(Learner learner) {
        return IntStream.range(0, learner.trained())
                .boxed()
                .collect(Collectors.groupingBy(
                        p -> learner.parameters().get(p).name().replaceAll("\\d+", "*"),
                        LinkedHashMap::new,
                        Collectors.toList()));
    }

    /** Somewhere to go from the weights as they are. */
    private static final class Direction {
        private final Learner learner;
        private final List<Integer> parameters;
        private final List<double[]> weights;
        private final List<double[]> ways;

        Direction(Learner learner, List<Integer> parameters, Random random) {
            this.learner = learner;
            this.parameters = parameters;
            this.weights = parameters.stream()
                    .map(p -> learner.getWide(Learner.Table.WEIGHTS, p))
                    .toList();
            this.ways = weights.stream()
                    .map(weight -> random.doubles(weight.length, -1, 1).toArray())
                    .toList();
        }

        double gradient() {
            double along = 0;
            for (int i = 0; i < ways.size(); i++) {
                double[] gradient = learner.getWide(Learner.Table.GRADIENTS, parameters.get(i));
                for (int j = 0; j < gradient.length; j++) {
                    along += gradient[j] * ways.get(i)[j];
                }
            }
            return along;
        }

        /** With the random zeros of the first batch. */
        double trainingLoss(List<Group> batch, double step) {
            move(step);
            learner.continueFrom(0, 0);
            learner.forget();
            learner.accumulate(batch);
            return learner.step(0).loss();
        }

        double loss(List<Group> batch, double step) {
            move(step);
            return step == 0 ? Double.NaN : learner.loss(batch);
        }

        private void move(double step) {
            for (int i = 0; i < ways.size(); i++) {
                double[] moved = weights.get(i).clone();
                for (int j = 0; j < moved.length; j++) {
                    moved[j] += step * ways.get(i)[j];
                }
                learner.putWide(Learner.Table.WEIGHTS, parameters.get(i), moved);
            }
        }
    }
}
