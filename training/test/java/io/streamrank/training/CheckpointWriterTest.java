package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.PairLimits;
import io.streamrank.model.Parameter;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointWriterTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @MethodSource("io.streamrank.training.GoldenCheckpoint#families")
    void writesWhatTheWorkerServes(String family) throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open(family);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            Group group = learner.encode(GoldenCheckpoint.examples(2, 1, 3).get(0));
            learner.accumulate(List.of(group));
            learner.step(1e-3);
            float[] trained = learner.score(group.pairs());

            new CheckpointWriter(learner).write(folder, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32);

            assertServed(group.pairs(), trained, 1e-5f);
            assertThat(TensorFile.open(folder.resolve("model.safetensors")).names())
                    .containsExactlyInAnyOrderElementsOf(trainable.parameters().stream()
                            .map(Parameter::stored)
                            .toList());
        }
    }

    @ParameterizedTest
    @EnumSource(TensorFile.Type.class)
    void roundsToTheTypeAskedFor(TensorFile.Type type) throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            List<EncodedPair> pairs =
                    learner.encode(GoldenCheckpoint.examples(2, 1, 3).get(0)).pairs();

            new CheckpointWriter(learner).write(folder, Learner.Table.WEIGHTS, type);

            float bound = type == TensorFile.Type.FLOAT32 ? 1e-6f : type == TensorFile.Type.FLOAT16 ? 0.02f : 0.2f;
            assertServed(pairs, learner.score(pairs), bound);
            assertThat(config().path("torch_dtype").asText()
                            + config().path("dtype").asText())
                    .isEqualTo(type.name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    @Test
    void namesTheTensorThatATypeDoesNotHold() throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            CheckpointWriter writer = new CheckpointWriter(learner);
            float[] large = learner.get(Learner.Table.WEIGHTS, 0);
            large[1] = -65520;
            learner.put(Learner.Table.WEIGHTS, 0, large);
            String name = learner.parameters().get(0).stored();

            assertThatThrownBy(() -> writer.write(folder, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT16))
                    .isInstanceOf(TrainingException.class)
                    .hasMessage("tensor " + name + " has -65520.0, which float16 does not hold: write bfloat16 or"
                            + " float32 instead (streamrank.train.weights, or --weights)");
            writer.write(folder, Learner.Table.WEIGHTS, TensorFile.Type.BFLOAT16);
            large[1] = Float.NaN;
            learner.put(Learner.Table.WEIGHTS, 0, large);
            assertThatThrownBy(() -> writer.write(folder, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32))
                    .hasMessage("tensor " + name + " has NaN, which is no finite number");
        }
    }

    @Test
    void beginsAHeadOnABareEncoderAndNamesItsWeightsAsTransformersDoes() throws IOException {
        Path bare = Files.createDirectory(folder.resolve("bare"));
        GoldenCheckpoint.writeBare(bare);
        Path written = Files.createDirectory(folder.resolve("written"));
        try (Trainable trainable = Trainable.open(bare, 0);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact());
                Learner again = Learner.of(trainable, GoldenCheckpoint.exact());
                Learner other = Learner.of(trainable, GoldenCheckpoint.exact().withSeed(9))) {
            assertThat(trainable.parameters().stream().filter(Parameter::fresh).map(Parameter::stored))
                    .containsExactlyInAnyOrder(
                            "bert.pooler.dense.weight",
                            "bert.pooler.dense.bias",
                            "classifier.weight",
                            "classifier.bias");
            List<EncodedPair> pairs =
                    learner.encode(GoldenCheckpoint.examples(2, 1, 3).get(0)).pairs();
            assertThat(again.score(pairs)).isEqualTo(learner.score(pairs));
            assertThat(other.score(pairs)).isNotEqualTo(learner.score(pairs));

            new CheckpointWriter(learner).write(written, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32);

            assertThat(TensorFile.open(written.resolve("model.safetensors")).names())
                    .contains("classifier.weight")
                    .allMatch(name -> name.startsWith("bert.") || name.startsWith("classifier."));
            JsonNode config = JSON.readTree(written.resolve("config.json").toFile());
            assertThat(config.path("architectures").toString()).isEqualTo("[\"BertForSequenceClassification\"]");
            assertThat(config.path("id2label").toString()).isEqualTo("{\"0\":\"LABEL_0\"}");
            try (Reranker reranker = load(written)) {
                assertThat(reranker.score(pairs)).containsExactly(learner.score(pairs), within(1e-5f));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "mamba"})
    void makesTheWorkerCutQueriesAsTrainingDid(String family) throws IOException {
        Path written = Files.createDirectory(folder.resolve("written"));
        Example example = new Example(
                "slow river ".repeat(20), List.of(new Passage("green moon", 1), new Passage("iron garden", 0)));
        try (Trainable trainable = Trainable.open(GoldenCheckpoint.folder(family), new PairLimits(32, 6, 9));
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            new CheckpointWriter(learner).write(written, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32);
            Group group = learner.encode(example);

            assertThat(IndistinctPairs.count(example, group)).isZero();
            try (Reranker reranker = load(written)) {
                assertThat(reranker.encode(example.query(), List.of("green moon", "iron garden")))
                        .isEqualTo(group.pairs());
            }
        }

        JsonNode pairs = JSON.readTree(written.resolve("reranker.json").toFile());
        assertThat(pairs.path("max_length").asInt()).isEqualTo(32);
        assertThat(pairs.path("max_query_length").asInt()).isEqualTo(6);
        assertThat(pairs.path("max_document_length").asInt()).isEqualTo(9);
    }

    @Test
    void saysHowPairsOfACausalModelAreRead() throws IOException {
        Path silent = Files.createDirectory(folder.resolve("silent"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(GoldenCheckpoint.folder("mamba").resolve(name), silent.resolve(name));
        }
        Path written = Files.createDirectory(folder.resolve("written"));
        try (Trainable trainable = Trainable.open(silent, 48);
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact())) {
            new CheckpointWriter(learner).write(written, Learner.Table.WEIGHTS, TensorFile.Type.FLOAT32);
        }

        JsonNode pairs = JSON.readTree(written.resolve("reranker.json").toFile());

        assertThat(pairs.path("template").asText()).isEqualTo("document: {document} ; query: {query} ;");
        assertThat(pairs.path("append_eos").asBoolean()).isTrue();
        assertThat(pairs.path("max_length").asInt()).isEqualTo(48);
        try (Reranker reranker = load(written)) {
            assertThat(reranker.maxLength()).isEqualTo(48);
        }
    }

    private JsonNode config() throws IOException {
        return JSON.readTree(folder.resolve("config.json").toFile());
    }

    private void assertServed(List<EncodedPair> pairs, float[] expected, float bound) {
        try (Reranker reranker = load(folder)) {
            assertThat(reranker.score(pairs)).containsExactly(expected, within(bound));
        }
    }

    private static Reranker load(Path folder) {
        return Rerankers.load(
                folder,
                "written",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withThreads(1));
    }
}
