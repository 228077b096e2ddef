package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.TensorFile;
import io.streamrank.model.TorchValue;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several learners in one process, all of them on the CPU, against one. */
@Timeout(300)
class DevicesTest {
    private static final BatchSource SOURCE = BatchSource.cycling(GoldenCheckpoint.examples(6, 7, 3), 5);

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void giveTheWeightsOfOne(int devices) throws IOException {
        // In float64: AdamW makes a full step of a gradient that is nothing but rounding.
        LearnerSettings exact =
                GoldenCheckpoint.exact().withMicroBatchTokens(150).withDevice("cpu", Arithmetic.FLOAT64);
        List<Example> examples = GoldenCheckpoint.examples(6, 7, 3);
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner one = Learner.of(trainable, exact);
                Learner several = Learner.of(trainable, on(exact, devices))) {
            List<Group> batch = examples.stream().map(one::encode).toList();
            for (int step = 0; step < 3; step++) {
                one.accumulate(batch);
                several.accumulate(batch);
                StepResult alone = one.step(1e-3);
                StepResult together = several.step(1e-3);

                assertThat(together.loss()).isCloseTo(alone.loss(), within(1e-9));
                assertThat(together.gradientNorm()).isCloseTo(alone.gradientNorm(), within(1e-9));
            }

            several.requireEqualWeights();
            assertThat(several.steps()).isEqualTo(3);
            for (int i = 0; i < one.trained(); i++) {
                assertThat(several.getWide(Learner.Table.WEIGHTS, i))
                        .containsExactly(one.getWide(Learner.Table.WEIGHTS, i), within(1e-9));
            }
        }
    }

    @Test
    void scoreAndCutLargeGroupsAsOne() throws IOException {
        LearnerSettings small = GoldenCheckpoint.exact().withMicroBatchTokens(20);
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner one = Learner.of(trainable, small);
                Learner several = Learner.of(trainable, on(small, 3))) {
            List<Group> batch =
                    GoldenCheckpoint.examples(6, 7, 3).stream().map(one::encode).toList();
            List<EncodedPair> pairs =
                    batch.stream().flatMap(group -> group.pairs().stream()).toList();

            assertThat(several.score(pairs)).containsExactly(one.score(pairs), within(1e-5f));
            one.accumulate(batch);
            several.accumulate(batch);
            assertThat(several.step(1e-3).gradientNorm())
                    .isCloseTo(one.step(1e-3).gradientNorm(), withinPercentage(0.01));
        }
    }

    @Test
    void goOnWhereTheyWereStopped() throws IOException {
        LearnerSettings dropping = on(
                GoldenCheckpoint.exact()
                        .withDropout(0.1, 0.1)
                        .withRecompute(true)
                        .withMicroBatchTokens(48)
                        .withOptimizer(OptimizerSettings.defaults()
                                .withLearningRate(1e-3)
                                .withAverageDecay(0.5)),
                2);
        TrainerSettings settings = TrainerSettings.of(4).withAccumulate(2);
        Path whole = folder.resolve("whole");
        Path stopped = folder.resolve("stopped");

        run(dropping, settings, whole, 4);
        run(dropping, settings, stopped, 2);
        run(dropping, settings, stopped, 4);

        for (String file : List.of("last/model.safetensors", "last/optimizer.safetensors", "best/model.safetensors")) {
            assertThat(stopped.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
        }
    }

    private static void run(LearnerSettings learning, TrainerSettings settings, Path to, long until)
            throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, learning)) {
            new Trainer(learner, SOURCE, settings, to, null, List.of())
                    .resumed()
                    .run(until);
        }
    }

    @Test
    void haveTheSameWeightsWhereTheyDrawSideBySide() throws IOException {
        LearnerSettings dropping = on(GoldenCheckpoint.exact().withDropout(0.2, 0.2), 2);
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, dropping)) {
            SharedBatch batch = learner.prepare(GoldenCheckpoint.examples(6, 7, 3).stream()
                    .map(learner::encode)
                    .toList());
            for (int step = 0; step < 3; step++) {
                learner.accumulate(batch, 1, Drawing.SIDE_BY_SIDE);
                assertThat(learner.step(1e-3).skipped()).isFalse();
            }

            learner.requireEqualWeights();
        }
    }

    @Test
    void tellThatTheirWeightsDiffer() throws IOException {
        LearnerSettings settings =
                GoldenCheckpoint.exact().withDevices(new Devices(List.of("cpu", "cpu"), 2), Arithmetic.FLOAT32);
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, settings)) {
            List<Group> batch = GoldenCheckpoint.examples(6, 2, 3).stream()
                    .map(learner::encode)
                    .toList();
            // A bit of one weight, as a fault of the memory would turn it.
            learner.team().tell((replica, number) -> {
                if (number == 1) {
                    float[] weights = replica.get(Learner.Table.WEIGHTS, 0, 1);
                    weights[0] = Math.nextUp(weights[0]);
                    replica.put(Learner.Table.WEIGHTS, 0, 1, TorchValue.floats(weights, List.of(1L)));
                }
            });
            learner.accumulate(batch);
            learner.forget();
            assertThatThrownBy(() -> {
                        learner.step(1e-4);
                        learner.step(1e-4);
                    })
                    .isInstanceOf(TrainingException.class)
                    .hasMessageContaining("the weights on cpu are not those on cpu")
                    .hasMessageContaining("Go on from the last snapshot");
            assertThatThrownBy(() ->
                            new CheckpointWriter(learner).write(folder, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32))
                    .isInstanceOf(TrainingException.class);
        }
    }

    @Test
    void endWithTheCauseThatOneOfThemHas() throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, on(GoldenCheckpoint.exact(), 2))) {
            List<Group> batch = GoldenCheckpoint.examples(6, 2, 3).stream()
                    .map(learner::encode)
                    .toList();
            SharedBatch sound = learner.prepare(batch);
            PreparedBatch of = sound.shares().get(1);
            PreparedBatch.Part part = of.parts().get(0);
            Group single = new Group(batch.get(0).pairs().subList(0, 1), new float[1], new float[1]);
            // Scores are looked for where there are none.
            PreparedBatch.Part broken = new PreparedBatch.Part(
                    part.groups(),
                    PreparedBatch.atOnce(List.of(single), trainable).packed(),
                    part.table());
            SharedBatch failing = new SharedBatch(List.of(
                    sound.shares().get(0), new PreparedBatch(of.groups(), of.pairs(), of.tokens(), List.of(broken))));

            assertThatThrownBy(() -> learner.accumulate(failing, 1))
                    .isInstanceOf(TrainingException.class)
                    .hasMessageContaining("cpu failed")
                    .hasCauseInstanceOf(RuntimeException.class);

            learner.forget();
            learner.accumulate(batch);
            assertThat(learner.step(1e-4).skipped()).isFalse();
        }
    }

    @Test
    void shareABatchByItsTokens() {
        List<Group> batch = IntStream.of(5, 90, 30, 40, 10, 20)
                .mapToObj(tokens -> new Group(
                        List.of(new EncodedPair(new int[tokens], new int[0], false)), new float[1], new float[1]))
                .toList();

        List<List<Integer>> tokens = Shares.of(batch, 2).stream()
                .map(share -> share.stream().map(Group::tokens).toList())
                .toList();

        assertThat(tokens).containsExactly(List.of(90, 10), List.of(5, 30, 40, 20));
        assertThat(Shares.of(batch.subList(0, 1), 3)).containsExactly(batch.subList(0, 1), List.of(), List.of());
        assertThat(Shares.of(batch, 1)).containsExactly(batch);
    }

    private static LearnerSettings on(LearnerSettings settings, int devices) {
        return settings.withDevices(
                Devices.of(IntStream.range(0, devices).mapToObj(i -> "cpu").toList()), settings.arithmetic());
    }
}
