package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Parameter;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What transformers and PyTorch made of the same files, as {@code test/python/record_references.py} recorded it. */
class RecordedReferenceTest {
    private static final Path RECORDED = Path.of("training", "test", "resources");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final double SCORE_BOUND = 1e-4;

    /** How far training has to take scores for the recorded ones to say anything about it. */
    private static final double MOVED = 100 * SCORE_BOUND;

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @MethodSource("io.streamrank.training.ReferenceCheckpoint#names")
    void transformersGivesTheScoresOfWhatIsWritten(String name) throws IOException {
        float[] recorded =
                floats(read("transformers-scores.json").path("scores").path(name));
        Path start = ReferenceCheckpoint.start(name, folder);
        Path written = Files.createDirectory(folder.resolve("written"));

        List<EncodedPair> pairs = ReferenceCheckpoint.train(name, start, written);

        float bound = (float) (SCORE_BOUND * Math.max(1, largest(recorded)));
        assertThat(served(written, pairs)).containsExactly(recorded, within(bound));
        assertThat(apart(untrained(start, pairs), recorded)).isGreaterThan(MOVED);
    }

    @Test
    void recordsEveryCheckpointThatIsTried() throws IOException {
        assertThat(read("transformers-scores.json").path("scores").properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrderElementsOf(ReferenceCheckpoint.names());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "mamba", "mamba2"})
    void stepsAsPyTorchsAdamWDoes(String family) throws IOException {
        JsonNode recorded = read("adamw-steps.json");
        JsonNode of = recorded.path("settings");
        OptimizerSettings optimizer = new OptimizerSettings(
                of.path("learning_rate").asDouble(),
                of.path("beta1").asDouble(),
                of.path("beta2").asDouble(),
                of.path("epsilon").asDouble(),
                of.path("weight_decay").asDouble(),
                true,
                1,
                false,
                of.path("clip_norm").asDouble(),
                0);
        Schedule schedule = new Schedule(
                Schedule.Shape.LINEAR,
                of.path("warm_up_steps").asLong(),
                of.path("steps").asLong());
        try (Trainable trainable = GoldenCheckpoint.open(family);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact().withOptimizer(optimizer))) {
            List<Group> batch =
                    ReferenceCheckpoint.groups().stream().map(learner::encode).toList();
            int step = 0;
            for (JsonNode expected : recorded.path("steps").path(family)) {
                double rate = optimizer.learningRate() * schedule.factor(step++);
                learner.accumulate(batch);

                StepResult result = learner.step(rate);

                assertThat(rate).isCloseTo(expected.path("learning_rate").asDouble(), within(1e-12));
                assertThat(result.loss()).isCloseTo(expected.path("loss").asDouble(), within(2e-5));
                double norm = expected.path("gradient_norm").asDouble();
                assertThat(norm).as("clipped").isGreaterThan(optimizer.clipNorm());
                assertThat(result.gradientNorm()).isCloseTo(norm, within(1e-4 * norm));
                if (expected.has("weights")) {
                    assertWeights(learner, expected.path("weights"));
                }
            }
            assertThat(step).isEqualTo(3);
        }
    }

    /** A weight moves by some 1e-3 in these steps. */
    private static void assertWeights(Learner learner, JsonNode expected) {
        List<Parameter> parameters = learner.parameters();
        assertThat(expected.properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrderElementsOf(
                        parameters.stream().map(Parameter::stored).toList());
        for (int p = 0; p < parameters.size(); p++) {
            float[] weights = learner.get(Learner.Table.WEIGHTS, p);
            float[] some = floats(expected.path(parameters.get(p).stored()));
            for (int i = 0; i < some.length; i++) {
                assertThat(weights[(int) ((long) i * weights.length / some.length)])
                        .as(parameters.get(p).stored() + " " + i)
                        .isCloseTo(some[i], within(5e-6f));
            }
        }
    }

    private static double largest(float[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> Math.abs(values[i]))
                .max()
                .orElse(0);
    }

    private static double apart(float[] some, float[] others) {
        return IntStream.range(0, some.length)
                .mapToDouble(i -> Math.abs(some[i] - others[i]))
                .max()
                .orElse(0);
    }

    private static float[] untrained(Path start, List<EncodedPair> pairs) {
        try (Trainable trainable = Trainable.open(start, 0);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            return learner.score(pairs);
        }
    }

    private static float[] served(Path checkpoint, List<EncodedPair> pairs) {
        ModelSettings settings =
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withThreads(1);
        try (Reranker reranker = Rerankers.load(checkpoint, "written", settings)) {
            return reranker.score(pairs);
        }
    }

    private static JsonNode read(String file) throws IOException {
        return JSON.readTree(RECORDED.resolve(file).toFile());
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) array.get(i).asDouble();
        }
        return values;
    }
}
