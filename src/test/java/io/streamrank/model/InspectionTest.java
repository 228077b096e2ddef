package io.streamrank.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InspectionTest {
    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(Golden.read("bert"), target);
    }

    @ParameterizedTest
    @MethodSource("io.streamrank.model.Golden#families")
    void findsNothingWrongWithACheckpointThatCanBeServed(String family) {
        Inspection inspection = Inspection.of(Golden.read(family).folder());

        assertThat(inspection.problems()).isEmpty();
        assertThat(requireNonNull(inspection.revision())).matches("[0-9a-f]{12}");
        assertThat(requireNonNull(inspection.model()).layers()).isPositive();
        assertThat(inspection.model().parameters())
                .isPositive()
                .isLessThanOrEqualTo(requireNonNull(inspection.storage()).parameters());
        assertThat(requireNonNull(inspection.pairs()).maxLength()).isPositive();
    }

    /** As where the configuration is of another size than the weights. */
    @Test
    void sumsUpManyTensorsThatAreWrongAlike() throws IOException {
        folder.json("config.json", config -> config.put("intermediate_size", 8));

        List<String> problems = Inspection.of(folder.path()).problems();

        assertThat(problems).hasSize(5);
        assertThat(problems.get(4)).matches(".* [0-9]+ more tensors are missing or not as the model needs them");
    }

    @Test
    void saysWhatAnEncoderIs() throws IOException {
        folder.text("reranker.json", "{\"activation\": \"sigmoid\", \"max_length\": 64}")
                .weights(tensors -> {
                    tensors.replaceAll(
                            (name, tensor) -> name.startsWith("bert.embeddings") ? tensor.as("BF16") : tensor);
                    tensors.put("bert.embeddings.position_ids", new RawTensor("I64", List.of(1), new byte[Long.BYTES]));
                });

        Inspection inspection = Inspection.of(folder.path());

        Inspection.Model model = requireNonNull(inspection.model());
        long parameters = model.parameters();
        assertThat(model)
                .isEqualTo(
                        new Inspection.Model("bert", 3, 800, 128, parameters, List.of("bert.embeddings.position_ids")));
        assertThat(model.bytes(Float.BYTES)).isEqualTo(4 * parameters);
        Inspection.Storage storage = requireNonNull(inspection.storage());
        assertThat(storage.files()).containsExactly("model.safetensors");
        assertThat(storage.parameters()).isEqualTo(parameters + 1);
        assertThat(storage.types()).containsOnlyKeys("BF16", "F32", "I64").containsEntry("I64", 1L);
        assertThat(inspection.pairs())
                .isEqualTo(new Inspection.Pairs(64, List.of(), false, "first token", List.of(), "sigmoid"));
    }

    @Test
    void saysHowACausalModelReadsPairs() {
        Inspection inspection = Inspection.of(Golden.read("llama").folder());

        assertThat(inspection.pairs())
                .isEqualTo(new Inspection.Pairs(
                        96,
                        List.of("document: {document}", " ; query: {query} ;"),
                        true,
                        "last token",
                        List.of(),
                        "none"));
    }

    @Test
    void listsEveryFileThatIsMissing() throws IOException {
        folder.sharded(3)
                .without(CheckpointFolder.shard(1, 3))
                .without("config.json")
                .without("tokenizer.json");

        Inspection inspection = Inspection.of(folder.path());

        assertThat(inspection.problems())
                .satisfiesExactly(
                        problem -> assertThat(problem).startsWith(folder.file("config.json") + ": is missing"),
                        problem -> assertThat(problem)
                                .startsWith(folder.file("model.safetensors.index.json")
                                        + ": 1 of its 3 shards are missing: model-00002-of-00003.safetensors"),
                        problem -> assertThat(problem).startsWith(folder.file("tokenizer.json") + ": is missing"));
        assertThat(inspection.model()).isNull();
        assertThat(inspection.revision()).isNull();
    }

    @Test
    void listsEveryTensorThatIsMissingOrMisshapen() throws IOException {
        folder.weights(tensors -> {
                    tensors.remove("bert.pooler.dense.bias");
                    tensors.remove("classifier.weight");
                    tensors.computeIfPresent(
                            "bert.encoder.layer.1.output.dense.bias",
                            (name, tensor) -> new RawTensor("F32", List.of(1), new byte[Float.BYTES]));
                })
                .json("tokenizer.json", tokenizer -> ((ObjectNode) tokenizer.get("post_processor")).put("type", "Odd"))
                .text("reranker.json", "{\"max_length\": 64}");

        Inspection inspection = Inspection.of(folder.path());

        String weights = folder.file("model.safetensors") + ": tensor ";
        assertThat(inspection.problems())
                .satisfiesExactly(
                        problem -> assertThat(problem)
                                .startsWith(weights + "classifier.weight is missing: a model without a ranking head"),
                        problem -> assertThat(problem)
                                .startsWith(weights + "bert.encoder.layer.1.output.dense.bias has shape [1],"),
                        problem -> assertThat(problem)
                                .startsWith(weights + "bert.pooler.dense.bias is missing, expected with shape [48]"),
                        problem -> assertThat(problem)
                                .startsWith(folder.file("tokenizer.json") + ": post_processor {\"type\":\"Odd\""));
        assertThat(requireNonNull(inspection.model()).family()).isEqualTo("bert");
    }

    @Test
    void saysThatThereIsNoFolder() {
        assertThat(Inspection.of(folder.file("none")).problems())
                .singleElement()
                .asString()
                .startsWith(folder.file("none") + ": is not a folder");
    }

    @Test
    void countsATiedTensorOnce() throws IOException {
        long parameters = requireNonNull(Inspection.of(folder.path()).storage()).parameters();
        Map<String, RawTensor> tensors = CheckpointFolder.readWeights(folder.file("model.safetensors"));
        CheckpointFolder.writeWeights(
                folder.file("model.safetensors"), tensors, Map.of("cls.tied", "classifier.weight"));

        Inspection inspection = Inspection.of(folder.path());

        assertThat(requireNonNull(inspection.storage()).parameters()).isEqualTo(parameters);
        assertThat(requireNonNull(inspection.model()).unused()).isEmpty();
    }
}
