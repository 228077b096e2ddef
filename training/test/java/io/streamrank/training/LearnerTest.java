package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.Parameter;
import io.streamrank.model.Trainable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class LearnerTest {
    /** A learning rate whose steps bfloat16 does not tell from nothing. */
    private static final double SMALL = 1e-5;

    private static Trainable trainable;

    @BeforeAll
    static void open() {
        trainable = GoldenCheckpoint.open("bert");
    }

    @AfterAll
    static void close() {
        trainable.close();
    }

    @Test
    void stepsLikeAdamWInDoublePrecision() {
        OptimizerSettings optimizer = OptimizerSettings.defaults()
                .withWeightDecay(0.1, false)
                .withLayerDecay(0.5)
                .withClipNorm(0.5)
                .withAverageDecay(0.75);
        with(GoldenCheckpoint.exact().withOptimizer(optimizer), learner -> {
            AdamW expected = new AdamW(learner, optimizer);
            for (int step = 1; step <= 3; step++) {
                learner.accumulate(batch(learner, step));
                expected.step(2e-3 / step);

                StepResult result = learner.step(2e-3 / step);

                assertThat(result.gradientNorm()).isCloseTo(expected.norm, within(1e-5 * expected.norm));
                expected.assertEqualTo(learner);
            }
            assertThat(learner.steps()).isEqualTo(3);
        });
    }

    @Test
    void sumsMicroBatchesUpToTheLargeBatch() {
        List<float[]> whole = gradients(1 << 20);

        assertClose(gradients(60), whole, 1e-6f);
    }

    @Test
    void takesAGroupApartThatIsLargerThanAMicroBatch() {
        List<float[]> whole = gradients(1 << 20);

        assertClose(gradients(16), whole, 1e-6f);
    }

    @ParameterizedTest
    @MethodSource("io.streamrank.training.GoldenCheckpoint#families")
    void recomputesLayersToTheSameGradients(String family) {
        LearnerSettings settings = GoldenCheckpoint.exact().withDropout(0.2, 0.2);
        try (Trainable other = GoldenCheckpoint.open(family);
                Learner keeping = Learner.of(other, settings);
                Learner recomputing = Learner.of(other, settings.withRecompute(true))) {
            for (Learner each : List.of(keeping, recomputing)) {
                each.accumulate(batch(each, 1));
            }

            assertClose(all(recomputing, Learner.Table.GRADIENTS), all(keeping, Learner.Table.GRADIENTS), 1e-6f);
            assertThat(recomputing.step(0).loss()).isEqualTo(keeping.step(0).loss());
        }
    }

    @Test
    void recomputesLayersOfGroupsTakenApartAboveFrozenEmbeddings() {
        LearnerSettings settings = GoldenCheckpoint.exact()
                .withDropout(0.2, 0.2)
                .withMicroBatchTokens(16)
                .withOptimizer(OptimizerSettings.defaults().withFrozenEmbeddings(true));

        assertClose(gradients(settings.withRecompute(true)), gradients(settings), 1e-6f);
    }

    @Test
    void setsRandomZerosWhereAGroupIsTakenApart() {
        LearnerSettings settings = GoldenCheckpoint.exact().withDropout(0.5, 0).withMicroBatchTokens(1);
        with(settings, learner -> {
            Group alone = batch(learner, 1).get(0);
            learner.accumulate(List.of(alone));
            double inParts = learner.step(0).loss();

            assertThat(inParts).isNotCloseTo(learner.loss(List.of(alone)), within(1e-4));
            assertThat(learner.score(alone.pairs())).isEqualTo(learner.score(alone.pairs()));
        });
    }

    @Test
    void setsRandomZerosInTrainingAlone() {
        with(GoldenCheckpoint.exact().withDropout(0.5, 0), learner -> {
            List<Group> batch = batch(learner, 1);
            double without = learner.loss(batch);
            learner.accumulate(batch);

            assertThat(learner.step(0).loss()).isNotCloseTo(without, within(1e-4));
            assertThat(learner.loss(batch)).isEqualTo(without);
        });
    }

    @Test
    void setsRandomZerosInAttention() {
        with(GoldenCheckpoint.exact().withDropout(0, 0.5), learner -> {
            List<Group> batch = batch(learner, 1);
            double without = learner.loss(batch);
            learner.accumulate(batch);

            assertThat(learner.step(0).loss()).isNotCloseTo(without, within(1e-4));
            assertThat(learner.loss(batch)).isEqualTo(without);
        });
    }

    @Test
    void accumulatesOverCalls() {
        with(GoldenCheckpoint.exact(), learner -> {
            List<Group> batch = batch(learner, 1);
            learner.accumulate(batch);
            List<float[]> once = all(learner, Learner.Table.GRADIENTS);
            learner.accumulate(batch);
            List<float[]> twice = all(learner, Learner.Table.GRADIENTS);
            learner.forget();
            List<float[]> none = all(learner, Learner.Table.GRADIENTS);

            for (int p = 0; p < once.size(); p++) {
                for (int i = 0; i < once.get(p).length; i++) {
                    assertThat(twice.get(p)[i]).isCloseTo(2 * once.get(p)[i], within(1e-7f));
                    assertThat(none.get(p)[i]).isZero();
                }
            }
        });
    }

    @Test
    void givesTheSameWeightsForTheSameSeed() {
        LearnerSettings settings = GoldenCheckpoint.exact().withDropout(0.2, 0.1);

        List<float[]> first = trained(settings);
        List<float[]> again = trained(settings);
        List<float[]> other = trained(settings.withSeed(2));

        assertThat(differences(again, first)).isZero();
        assertThat(differences(other, first)).isPositive();
    }

    @Test
    void drawsTheSameForABatchWhereItsPassesAreNotSeeded() {
        LearnerSettings settings =
                GoldenCheckpoint.exact().withDropout(0.2, 0.1).withMicroBatchTokens(150);
        List<List<float[]>> gradients = new ArrayList<>();
        with(settings, learner -> {
            SharedBatch batch = learner.prepare(batch(learner, 1));
            assertThat(batch.takesGroupsApart()).isFalse();
            assertThat(batch.shares().get(0).parts()).hasSizeGreaterThan(1);
            for (long number : new long[] {5, 6, 5}) {
                learner.continueFrom(number, 0);
                learner.accumulate(batch, 1, Drawing.SIDE_BY_SIDE);
                gradients.add(all(learner, Learner.Table.GRADIENTS));
                learner.forget();
            }
        });

        assertThat(differences(gradients.get(2), gradients.get(0))).isZero();
        assertThat(differences(gradients.get(1), gradients.get(0))).isPositive();
    }

    @Test
    void drawsOtherNumbersOnEachDeviceThatBeganAsAnother() {
        LearnerSettings settings = GoldenCheckpoint.exact().withDropout(0.2, 0.1);
        List<List<float[]>> gradients = new ArrayList<>();
        with(settings, learner -> {
            PreparedBatch batch = learner.prepare(batch(learner, 1)).shares().get(0);
            for (int device : new int[] {0, 1, 2, 1}) {
                learner.team().first().sow(7);
                learner.team().first().gather(batch, 1, new PassSeeds(1, 1, device), Drawing.SIDE_BY_SIDE);
                gradients.add(all(learner, Learner.Table.GRADIENTS));
                learner.forget();
            }
        });

        assertThat(differences(gradients.get(1), gradients.get(0))).isPositive();
        assertThat(differences(gradients.get(2), gradients.get(1))).isPositive();
        assertThat(differences(gradients.get(3), gradients.get(1))).isZero();
    }

    @Test
    void changesNothingOnANumberThatIsNone() {
        with(GoldenCheckpoint.exact(), learner -> {
            List<Group> batch = batch(learner, 1);
            int norm = named(learner, "layer.0.attention.norm.weight");
            float[] weights = learner.get(Learner.Table.WEIGHTS, norm);
            float[] broken = weights.clone();
            broken[0] = Float.NaN;
            learner.put(Learner.Table.WEIGHTS, norm, broken);
            learner.accumulate(batch);

            assertThat(learner.step(1e-3).skipped()).isTrue();

            assertThat(learner.steps()).isZero();
            assertThat(learner.get(Learner.Table.FIRST_MOMENT, norm)).containsOnly(0);
            learner.put(Learner.Table.WEIGHTS, norm, weights);
            learner.accumulate(batch);
            assertThat(learner.step(1e-3).skipped()).isFalse();
        });
    }

    @Test
    void changesNothingOnALossBeyondItsLimit() {
        OptimizerSettings averaging = OptimizerSettings.defaults().withAverageDecay(0.5);
        with(GoldenCheckpoint.exact().withOptimizer(averaging), learner -> {
            learner.accumulate(batch(learner, 1));
            learner.step(1e-3);
            List<List<float[]>> before = state(learner);
            learner.accumulate(batch(learner, 2));

            StepResult result = learner.step(1e-3, 1e-3);

            assertThat(result.skipped()).isTrue();
            assertThat(result.loss()).isGreaterThan(1e-3);
            for (int table = 0; table < before.size(); table++) {
                assertThat(differences(state(learner).get(table), before.get(table)))
                        .isZero();
            }
            assertThat(learner.steps()).isEqualTo(1);
        });
    }

    @Test
    void givesTheSameNumbersHoweverLateALossIsRead() {
        LearnerSettings settings = GoldenCheckpoint.exact().withDropout(0.2, 0.1);
        List<StepResult> expected = new ArrayList<>();
        List<List<float[]>> weights = new ArrayList<>();
        with(settings, learner -> {
            for (int step = 0; step < 3; step++) {
                learner.accumulate(batch(learner, step));
                expected.add(learner.step(1e-3));
            }
            weights.add(all(learner, Learner.Table.WEIGHTS));
        });

        List<StepResult> late = new ArrayList<>();
        with(settings, learner -> {
            for (int step = 0; step < 3; step++) {
                learner.accumulate(learner.prepare(batch(learner, step)), 1);
                if (step > 1) {
                    late.add(learner.endStep());
                }
                learner.beginStep(1e-3, Double.POSITIVE_INFINITY);
            }
            assertThatThrownBy(() -> learner.beginStep(1e-3, Double.POSITIVE_INFINITY))
                    .hasMessageContaining("step 2 has not been ended");
            late.add(learner.endStep());
            late.add(learner.endStep());
            assertThatThrownBy(learner::endStep).hasMessageContaining("no step has been begun");
            weights.add(all(learner, Learner.Table.WEIGHTS));
        });

        assertThat(late).isEqualTo(expected);
        assertThat(differences(weights.get(1), weights.get(0))).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void addsNothingWhereAPassFails(boolean recompute) {
        with(GoldenCheckpoint.exact().withRecompute(recompute), learner -> {
            SharedBatch sound = learner.prepare(batch(learner, 1));
            learner.accumulate(sound, 1);
            List<float[]> before = all(learner, Learner.Table.GRADIENTS);
            PreparedBatch whole = sound.shares().get(0);
            PreparedBatch.Part part = whole.parts().get(0);
            Group single = new Group(part.groups().get(0).pairs().subList(0, 1), new float[1], new float[1]);
            // Scores are looked for where there are none, once all were computed.
            PreparedBatch.Part broken = new PreparedBatch.Part(
                    part.groups(),
                    PreparedBatch.atOnce(List.of(single), trainable).packed(),
                    part.table());
            SharedBatch failing = new SharedBatch(
                    List.of(new PreparedBatch(whole.groups(), whole.pairs(), whole.tokens(), List.of(broken))));

            assertThatThrownBy(() -> learner.accumulate(failing, 1)).isInstanceOf(RuntimeException.class);

            assertThat(differences(all(learner, Learner.Table.GRADIENTS), before))
                    .isZero();
            learner.forget();
            learner.accumulate(sound, 1);
            assertThat(differences(all(learner, Learner.Table.GRADIENTS), before))
                    .isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void makesNoPassForGradientsOnceItIsStopped(int devices) {
        LearnerSettings settings = GoldenCheckpoint.exact()
                .withDevices(Devices.of(Collections.nCopies(devices, "cpu")), Arithmetic.FLOAT32);
        with(settings, learner -> {
            List<Group> batch = batch(learner, 1);

            learner.stop();

            assertThatThrownBy(() -> learner.accumulate(batch)).isInstanceOf(CancellationException.class);
            assertThat(all(learner, Learner.Table.GRADIENTS))
                    .allSatisfy(gradient -> assertThat(gradient).containsOnly(0));
            assertThat(learner.score(batch.get(0).pairs())).hasSize(4);
        });
    }

    @Test
    void knowsWhetherWhatItKeepsIsFinite() {
        with(GoldenCheckpoint.exact(), learner -> {
            assertThat(learner.isFinite()).isTrue();
            for (Learner.Table table :
                    List.of(Learner.Table.WEIGHTS, Learner.Table.FIRST_MOMENT, Learner.Table.SECOND_MOMENT)) {
                float[] good = learner.get(table, 1);
                for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                    float[] spoilt = good.clone();
                    spoilt[spoilt.length / 2] = bad;
                    learner.put(table, 1, spoilt);
                    assertThat(learner.isFinite()).as(table + " " + bad).isFalse();
                }
                learner.put(table, 1, good);
                assertThat(learner.isFinite()).isTrue();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("io.streamrank.training.GoldenCheckpoint#families")
    void multipliesInBfloat16OnWeightsOfFloat32(String family) {
        LearnerSettings settings = GoldenCheckpoint.exact();
        try (Trainable other = GoldenCheckpoint.open(family);
                Learner wide = Learner.of(other, settings);
                Learner narrow = Learner.of(other, settings.withDevice("cpu", Arithmetic.BFLOAT16))) {
            List<float[]> start = all(narrow, Learner.Table.WEIGHTS);
            List<Group> batch = batch(wide, 1);
            for (int step = 0; step < 2; step++) {
                wide.accumulate(batch);
                narrow.accumulate(batch);
                double along = cosine(all(narrow, Learner.Table.GRADIENTS), all(wide, Learner.Table.GRADIENTS));
                StepResult expected = wide.step(SMALL);
                StepResult result = narrow.step(SMALL);

                assertThat(result.skipped()).isFalse();
                assertThat(result.loss()).isCloseTo(expected.loss(), withinPercentage(5));
                assertThat(result.gradientNorm()).isNotEqualTo(expected.gradientNorm());
                // Documents that score nearly the same leave little of their gradients but rounding.
                assertThat(along).isGreaterThan(0.85);
            }

            assertThat(narrow.isFinite()).isTrue();
            // Steps far smaller than bfloat16 tells apart are there.
            List<float[]> moved = all(narrow, Learner.Table.WEIGHTS);
            long all = start.stream().mapToLong(weights -> weights.length).sum();
            assertThat(differences(moved, start)).isGreaterThan(all / 3);
            long fine = moved.stream()
                    .mapToLong(weights -> IntStream.range(0, weights.length)
                            .filter(i -> (Float.floatToRawIntBits(weights[i]) & 0xFFFF) != 0)
                            .count())
                    .sum();
            assertThat(fine).isGreaterThan(all / 2);
        }
    }

    private static double cosine(List<float[]> some, List<float[]> others) {
        double product = 0;
        double own = 0;
        double theirs = 0;
        for (int p = 0; p < some.size(); p++) {
            for (int i = 0; i < some.get(p).length; i++) {
                product += (double) some.get(p)[i] * others.get(p)[i];
                own += (double) some.get(p)[i] * some.get(p)[i];
                theirs += (double) others.get(p)[i] * others.get(p)[i];
            }
        }
        return product / Math.sqrt(own * theirs);
    }

    @Test
    void leavesFrozenEmbeddingsAlone() {
        OptimizerSettings frozen = OptimizerSettings.defaults().withFrozenEmbeddings(true);
        with(GoldenCheckpoint.exact().withOptimizer(frozen), learner -> {
            List<float[]> before = all(learner, Learner.Table.WEIGHTS);
            learner.accumulate(batch(learner, 1));
            learner.step(1e-2);
            List<float[]> after = all(learner, Learner.Table.WEIGHTS);

            for (int p = 0; p < before.size(); p++) {
                boolean embedding = learner.parameters().get(p).name().startsWith("embeddings.");
                assertThat(Arrays.equals(after.get(p), before.get(p)))
                        .as(learner.parameters().get(p).name())
                        .isEqualTo(embedding);
            }
        });
    }

    @Test
    void learnsToTellDocumentsApart() {
        with(GoldenCheckpoint.exact(), learner -> {
            List<Group> batch = batch(learner, 1);
            double before = learner.loss(batch);
            for (int step = 0; step < 20; step++) {
                learner.accumulate(batch);
                learner.step(1e-3);
            }

            assertThat(learner.loss(batch)).isLessThan(before / 4);
        });
    }

    private static int named(Learner learner, String name) {
        return learner.parameters().stream().map(Parameter::name).toList().indexOf(name);
    }

    private static List<float[]> gradients(int microBatchTokens) {
        return gradients(GoldenCheckpoint.exact().withMicroBatchTokens(microBatchTokens));
    }

    private static List<float[]> gradients(LearnerSettings settings) {
        List<List<float[]>> gradients = new ArrayList<>();
        with(settings, learner -> {
            learner.accumulate(batch(learner, 1));
            gradients.add(all(learner, Learner.Table.GRADIENTS));
        });
        return gradients.get(0);
    }

    private static List<float[]> trained(LearnerSettings settings) {
        List<List<float[]>> weights = new ArrayList<>();
        with(settings, learner -> {
            for (int step = 0; step < 3; step++) {
                learner.accumulate(batch(learner, step));
                learner.step(1e-3);
            }
            weights.add(all(learner, Learner.Table.WEIGHTS));
        });
        return weights.get(0);
    }

    private static void assertClose(List<float[]> actual, List<float[]> expected, float bound) {
        for (int p = 0; p < expected.size(); p++) {
            for (int i = 0; i < expected.get(p).length; i++) {
                assertThat(actual.get(p)[i])
                        .isCloseTo(expected.get(p)[i], within(bound * (1 + Math.abs(expected.get(p)[i]))));
            }
        }
    }

    private static long differences(List<float[]> some, List<float[]> others) {
        long differences = 0;
        for (int p = 0; p < some.size(); p++) {
            for (int i = 0; i < some.get(p).length; i++) {
                differences += some.get(p)[i] == others.get(p)[i] ? 0 : 1;
            }
        }
        return differences;
    }

    private static void with(LearnerSettings settings, Consumer<Learner> test) {
        try (Learner learner = Learner.of(trainable, settings)) {
            test.accept(learner);
        }
    }

    private static List<Group> batch(Learner learner, long seed) {
        return GoldenCheckpoint.examples(seed, 4, 4).stream()
                .map(learner::encode)
                .toList();
    }

    private static List<List<float[]>> state(Learner learner) {
        return Stream.of(
                        Learner.Table.WEIGHTS,
                        Learner.Table.FIRST_MOMENT,
                        Learner.Table.SECOND_MOMENT,
                        Learner.Table.AVERAGE)
                .map(table -> all(learner, table))
                .toList();
    }

    private static List<float[]> all(Learner learner, Learner.Table table) {
        List<float[]> all = new ArrayList<>();
        for (int p = 0;
                p < learner.trained()
                        || (table == Learner.Table.WEIGHTS
                                && p < learner.parameters().size());
                p++) {
            all.add(learner.get(table, p));
        }
        return all;
    }

    /** The update as torch.optim.AdamW's documentation states it, number by number. */
    private static final class AdamW {
        private final Learner learner;
        private final OptimizerSettings settings;
        private final List<double[]> weights = new ArrayList<>();
        private final List<double[]> first = new ArrayList<>();
        private final List<double[]> second = new ArrayList<>();
        private final List<double[]> average = new ArrayList<>();
        private int count;
        private double norm;

        AdamW(Learner learner, OptimizerSettings settings) {
            this.learner = learner;
            this.settings = settings;
            for (float[] weight : all(learner, Learner.Table.WEIGHTS)) {
                weights.add(widened(weight));
                average.add(widened(weight));
                first.add(new double[weight.length]);
                second.add(new double[weight.length]);
            }
        }

        void step(double learningRate) {
            count++;
            List<float[]> gradients = all(learner, Learner.Table.GRADIENTS);
            norm = Math.sqrt(gradients.stream()
                    .mapToDouble(gradient -> {
                        double sum = 0;
                        for (float g : gradient) {
                            sum += (double) g * g;
                        }
                        return sum;
                    })
                    .sum());
            double clip = Math.min(1, settings.clipNorm() / (norm + 1e-6));
            for (int p = 0; p < weights.size(); p++) {
                Parameter parameter = learner.parameters().get(p);
                double rate = learningRate * rateOf(parameter.name());
                double decay = decays(parameter) ? settings.weightDecay() : 0;
                double[] w = weights.get(p);
                double[] m = first.get(p);
                double[] v = second.get(p);
                for (int i = 0; i < w.length; i++) {
                    double g = gradients.get(p)[i] * clip;
                    w[i] -= rate * decay * w[i];
                    m[i] = settings.beta1() * m[i] + (1 - settings.beta1()) * g;
                    v[i] = settings.beta2() * v[i] + (1 - settings.beta2()) * g * g;
                    double meanFirst = m[i] / (1 - Math.pow(settings.beta1(), count));
                    double meanSecond = v[i] / (1 - Math.pow(settings.beta2(), count));
                    w[i] -= rate * meanFirst / (Math.sqrt(meanSecond) + settings.epsilon());
                    average.get(p)[i] += (1 - settings.averageDecay()) * (w[i] - average.get(p)[i]);
                }
            }
        }

        /** Three layers: the head above them, embeddings below. */
        private static double rateOf(String name) {
            return name.startsWith("layer.")
                    ? Math.pow(0.5, 3 - Integer.parseInt(name.substring(6, 7)))
                    : name.startsWith("embeddings.") ? Math.pow(0.5, 4) : 1;
        }

        private static boolean decays(Parameter parameter) {
            return parameter.name().endsWith(".weight")
                    && !parameter.name().contains("norm")
                    && !parameter.name().startsWith("embeddings.");
        }

        void assertEqualTo(Learner actual) {
            for (int p = 0; p < weights.size(); p++) {
                float[] w = actual.get(Learner.Table.WEIGHTS, p);
                float[] a = actual.get(Learner.Table.AVERAGE, p);
                for (int i = 0; i < w.length; i++) {
                    String what = actual.parameters().get(p).name() + " " + i;
                    assertThat((double) w[i]).as(what).isCloseTo(weights.get(p)[i], within(2e-6));
                    assertThat((double) a[i]).as(what).isCloseTo(average.get(p)[i], within(2e-6));
                }
            }
        }

        private static double[] widened(float[] values) {
            double[] wide = new double[values.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = values[i];
            }
            return wide;
        }
    }
}
