package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each broken checkpoint is refused with file, tensor or key, and expectation. */
class RefusedCheckpointTest {
    private static final String UP = "bert.encoder.layer.0.intermediate.dense.weight";

    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(Golden.read("bert"), target);
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "tokenizer.json"})
    void namesAMissingFile(String name) throws IOException {
        folder.without(name);

        assertRefused(name, "is missing");
    }

    @Test
    void refusesAMissingFolder() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Rerankers.load(folder.file("none"), "x", ModelSettings.defaults()))
                .withMessageContaining(folder.file("none") + ": is not a folder");
    }

    @Test
    void tellsANameOnTheHubFromAFolder() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Rerankers.load(Path.of("BAAI/bge-reranker-base"), "x", ModelSettings.defaults()))
                .withMessageContaining("BAAI/bge-reranker-base: is not a folder here; it reads like a name on the")
                .withMessageContaining("hf download BAAI/bge-reranker-base --local-dir FOLDER");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "tokenizer.json"})
    void knowsWhatGitLeavesWhereAFileWasNotFetched(String name) throws IOException {
        folder.text(name, """
                version https://git-lfs.github.com/spec/v1
                oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
                size 90888945
                """);

        assertRefused(name, "is a Git LFS pointer", "git lfs pull");
    }

    @Test
    void refusesAPickleAndSaysWhatToDo() throws IOException {
        folder.without("model.safetensors").text("pytorch_model.bin", "");

        assertRefused("model.safetensors", "a pickle can run any code", "safe_serialization=True");
    }

    @Test
    void refusesATokenizerOfOtherWeights() throws IOException {
        folder.json(
                "tokenizer.json",
                tokenizer -> tokenizer
                        .withObjectProperty("model")
                        .withObjectProperty("vocab")
                        .put("elsewhere", 30_521));

        assertRefused(
                "tokenizer.json",
                "model.vocab has ids up to 30521, the token embedding of model.safetensors has 800 rows",
                "Use the tokenizer that was saved with these weights");
    }

    @Test
    void refusesTruncatedWeights() throws IOException {
        Path weights = folder.file("model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length - 100));

        assertRefused("model.safetensors", "truncated: tensor ");
    }

    @Test
    void listsTheKnownFamiliesForAnUnknownOne() throws IOException {
        folder.json("config.json", config -> config.put("model_type", "gpt5"));

        assertRefused("config.json", "model_type is \"gpt5\", expected one of: ");
    }

    @Test
    void saysThatTheFamilyIsMissing() throws IOException {
        folder.json("config.json", config -> config.remove("model_type"));

        assertRefused("config.json", "model_type is missing, expected one of: ");
    }

    @Test
    void refusesAConfigurationThatIsNoJson() throws IOException {
        folder.text("config.json", "{\n \"hidden_size\": ");

        assertRefused("config.json", "is not JSON", "line 2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            intermediate_size       | 97  | bert.encoder.layer.0.intermediate.dense.weight | [96, 48]  | [97, 48]
            vocab_size              | 801 | bert.embeddings.word_embeddings.weight         | [800, 48] | [801, 48]
            max_position_embeddings | 64  | bert.embeddings.position_embeddings.weight     | [128, 48] | [64, 48]
            type_vocab_size         | 1   | bert.embeddings.token_type_embeddings.weight   | [2, 48]   | [1, 48]
            """)
    void namesTheTensorThatContradictsTheConfiguration(
            String key, int value, String tensor, String found, String promised) throws IOException {
        folder.json("config.json", config -> config.put(key, value));

        assertRefused(
                "model.safetensors",
                "tensor " + tensor + " has shape " + found + ", config.json says " + promised,
                key + " " + value);
    }

    @Test
    void namesAMissingTensor() throws IOException {
        folder.weights(tensors -> tensors.remove(UP));

        assertRefused("model.safetensors", "tensor " + UP + " is missing, expected with shape [96, 48]");
    }

    @Test
    void namesALayerThatIsNotThere() throws IOException {
        folder.json("config.json", config -> config.put("num_hidden_layers", 4));

        assertRefused("model.safetensors", "tensor bert.encoder.layer.3.attention.self.query.weight is missing");
    }

    @Test
    void refusesAWeightOfWholeNumbers() throws IOException {
        folder.weights(tensors ->
                tensors.computeIfPresent(UP, (name, tensor) -> new RawTensor("I32", tensor.shape(), tensor.data())));

        assertRefused("model.safetensors", "tensor " + UP + " is I32, expected F32, F16 or BF16");
    }

    @Test
    void refusesAnEncoderWithoutHead() throws IOException {
        folder.weights(tensors -> tensors.keySet().removeIf(name -> name.startsWith("classifier")));

        assertRefused("model.safetensors", "tensor classifier.weight is missing", "Fine-tune it");
    }

    @Test
    void refusesThreeLabels() throws IOException {
        folder.weights(tensors -> tensors.computeIfPresent(
                "classifier.weight",
                (name, tensor) -> new RawTensor("F32", List.of(3, 48), new byte[3 * 48 * Float.BYTES])));

        assertRefused("model.safetensors", "tensor classifier.weight has shape [3, 48]: 3 labels, expected 1 or 2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hidden_act              | "swish"        | hidden_act is "swish", supported: gelu, gelu_new, gelu_pytorch_tanh, relu
            position_embedding_type | "relative_key" | position_embedding_type is "relative_key", supported: "absolute"
            is_decoder              | true           | is_decoder is true, supported: false
            hidden_size             | 48.5           | hidden_size is 48.5, expected a positive whole number
            hidden_size             | null           | hidden_size is null, expected a positive whole number
            num_attention_heads     | 5              | num_attention_heads is 5, expected a divisor of hidden_size 48
            layer_norm_eps          | 0              | layer_norm_eps is 0, expected a positive number
            id2label                | {"0":1,"1":2}  | has 2 labels, expected 1 as tensor classifier.weight has rows
            """)
    void refusesAConfigurationItCannotCompute(String key, String value, String message) throws IOException {
        String json = Files.readString(folder.file("config.json"));
        folder.json("config.json", config -> config.remove(key));
        folder.text(
                "config.json",
                Files.readString(folder.file("config.json")).replaceFirst("\\{", "{\"" + key + "\":" + value + ","));

        assertRefused("config.json", message);
        folder.text("config.json", json);
    }

    @Test
    void refusesUnknownKeysOfRerankerJsonByName() throws IOException {
        folder.text("reranker.json", "{\"max_length\": 64, \"template\": \"{query}\"}");

        assertRefused("reranker.json", "key template is not understood for this family, known: max_length");
    }

    @Test
    void refusesALengthBeyondThePositions() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Rerankers.load(
                        folder.path(), "x", ModelSettings.defaults().withMaxLength(129)))
                .withMessageContaining(
                        "config.json: gives positions for 128 tokens, the configured maximum length is 129");
    }

    @Test
    void refusesALengthWithoutRoom() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Rerankers.load(
                        folder.path(), "x", ModelSettings.defaults().withMaxLength(4)))
                .withMessageContaining("a pair has 3 special tokens, the maximum length is only 4");
    }

    @Test
    void refusesATokenizerThatTheLibraryRefuses() throws IOException {
        folder.json("tokenizer.json", tokenizer -> tokenizer.remove("model"));

        assertRefused("tokenizer.json", "is not a tokenizer");
    }

    @Test
    void refusesAPostProcessorItCannotRead() throws IOException {
        folder.json("tokenizer.json", tokenizer -> ((ObjectNode) tokenizer.get("post_processor")).put("type", "Odd"));

        assertRefused("tokenizer.json", "post_processor {\"type\":\"Odd\"", "is not understood for pairs");
    }

    private void assertRefused(String file, String... parts) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Rerankers.load(folder.path(), "x", ModelSettings.defaults()))
                .withMessageStartingWith(folder.file(file) + ": ")
                .withMessageContainingAll(parts);
    }
}
