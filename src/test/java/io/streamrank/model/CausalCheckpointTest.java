package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden causal checkpoints, stored, configured or computed otherwise, and spoilt. */
class CausalCheckpointTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Path target;

    @BeforeEach
    void prepare(@TempDir Path folder) {
        target = folder;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            mamba  | {'d_model':32,'n_layer':3,'vocab_size':797,'ssm_cfg':{},'rms_norm':true,'residual_in_fp32':true}
            mamba2 | {'d_model':32,'d_intermediate':0,'n_layer':3,'vocab_size':800,'ssm_cfg':{'layer':'Mamba2','headdim':8,'d_state':16},'attn_layer_idx':[],'attn_cfg':{},'pad_vocab_size_multiple':16}
            """)
    void readsTheOriginalLayout(String family, String config) throws IOException {
        Golden golden = Golden.read(family);
        CheckpointFolder folder = CheckpointFolder.copyOf(golden, target)
                .text("config.json", config.replace('\'', '"'))
                .weights(tensors -> tensors.put(
                        "backbone.embedding.weight",
                        Objects.requireNonNull(tensors.remove("backbone.embeddings.weight"))));

        assertThat(scores(folder, golden)).containsExactly(expected(golden), within(1e-4f));
    }

    @Test
    void believesTheKeyThatAgreesWithTheTensors() throws IOException {
        Golden golden = Golden.read("mamba");
        CheckpointFolder folder = copy(
                "mamba",
                config -> config.put("num_hidden_layers", 2).put("n_layer", 3).put("d_inner", 160));

        assertThat(scores(folder, golden)).containsExactly(expected(golden), within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource({"llama, model.", "qwen3, model.", "gpt-neox, gpt_neox.", "opt, model."})
    void readsBareDecoderNamesAndStrayTensors(String family, String prefix) throws IOException {
        Golden golden = Golden.read(family);
        CheckpointFolder folder = copy(family, config -> {}).weights(tensors -> {
            Map<String, RawTensor> bare = new LinkedHashMap<>();
            bare.put("layers.0.attention.rotary_emb.inv_freq", new RawTensor("I64", List.of(1), new byte[Long.BYTES]));
            tensors.forEach((name, tensor) -> bare.put(name.replaceFirst("^" + Pattern.quote(prefix), ""), tensor));
            tensors.clear();
            tensors.putAll(bare);
        });

        assertThat(scores(folder, golden)).containsExactly(expected(golden), within(1e-4f));
    }

    /** Rows h and 2 h: the second less the first is h, and so is the score. */
    @ParameterizedTest
    @CsvSource({"llama", "gpt-neox", "opt", "mamba", "mamba2"})
    void ranksByTheSecondOfTwoLabelsLessTheFirst(String family) throws IOException {
        Golden golden = Golden.read(family);
        CheckpointFolder folder = copy(
                        family,
                        config -> config.putObject("id2label").put("0", "no").put("1", "yes"))
                .weights(tensors ->
                        tensors.computeIfPresent("score.weight", (name, tensor) -> RawTensor.andTwice(tensor)));

        assertThat(scores(folder, golden)).containsExactly(expected(golden), within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource({"llama", "qwen3", "gpt-neox", "opt", "mamba", "mamba2"})
    void computesInBfloat16WithinItsRounding(String family) {
        Golden golden = Golden.read(family);

        float[] scores = scores(golden.folder(), golden, "bfloat16");

        assertThat(scores).containsExactly(expected(golden), within(0.3f)).doesNotContain(Float.NaN);
    }

    @Test
    void readsQwen2sBiasesAsLlamas() throws IOException {
        Golden golden = Golden.read("llama");
        Consumer<Map<String, RawTensor>> biases = tensors -> {
            Random random = new Random(4);
            for (int i = 0; i < 3; i++) {
                String attention = "model.layers." + i + ".self_attn.";
                tensors.put(attention + "q_proj.bias", random(random, 48));
                tensors.put(attention + "k_proj.bias", random(random, 24));
                tensors.put(attention + "v_proj.bias", random(random, 24));
                tensors.put(attention + "o_proj.bias", new RawTensor("F32", List.of(48), new byte[48 * Float.BYTES]));
            }
        };
        CheckpointFolder folder =
                copy("llama", config -> config.put("attention_bias", true)).weights(biases);
        float[] llama = scores(folder, golden);

        float[] qwen2 = scores(folder.json("config.json", config -> config.put("model_type", "qwen2")), golden);

        assertThat(qwen2).containsExactly(llama, within(1e-5f));
        assertThat(qwen2[0]).isNotCloseTo(expected(golden)[0], within(0.01f));
    }

    private static RawTensor random(Random random, int size) {
        ByteBuffer data = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            data.putFloat((float) random.nextGaussian());
        }
        return new RawTensor("F32", List.of(size), data.array());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            mamba2   | attn_layer_idx       | [9, 18]                | attn_layer_idx is [9,18], supported: [], a model without attention layers
            mamba2   | d_intermediate       | 64                     | d_intermediate is 64, supported: 0
            mamba2   | n_groups             | 8                      | n_groups is 8, supported: 1
            mamba2   | time_step_limit      | [0]                    | time_step_limit is [0], expected two numbers
            mamba2   | num_heads            | 4                      | num_heads is 4, but by tensor backbone.layers.0.mixer.A_log of model.safetensors it is 8
            mamba2   | state_size           | 32                     | state_size is 32, but by tensor backbone.layers.0.mixer.conv1d.weight of model.safetensors it is 16
            mamba    | rms_norm             | false                  | rms_norm is false, supported: true
            mamba    | hidden_act           | 'gelu'                 | hidden_act is "gelu", supported: silu, swish
            mamba    | expand               | 3                      | expand is 3, but by tensor backbone.layers.0.mixer.D of model.safetensors it is 2
            mamba    | hidden_size          | 64                     | hidden_size is 64, but by tensor backbone.embeddings.weight of model.safetensors it is 32
            mamba    | num_hidden_layers    | 4                      | num_hidden_layers is 4, but by tensor backbone.layers.3.norm.weight, the first missing, of model.safetensors it is 3
            mamba    | vocab_size           | 790                    | vocab_size is 790, but by tensor backbone.embeddings.weight of model.safetensors it is 800
            llama    | hidden_act           | 'gelu'                 | hidden_act is "gelu", supported: silu
            llama    | num_key_value_heads  | 3                      | num_key_value_heads is 3, supported: a divisor of num_attention_heads 4
            llama    | rope_parameters      | {'rope_type':'yarn'}   | rope_parameters is {"rope_type":"yarn"}, supported: rope_type default, linear, llama3
            qwen3    | use_sliding_window   | true                   | use_sliding_window is true, supported: false
            qwen3    | layer_types          | ['sliding_attention']  | layer_types is ["sliding_attention"], supported: full_attention
            gpt-neox | hidden_act           | 'swish'                | hidden_act is "swish", supported: gelu
            opt      | enable_bias          | false                  | enable_bias is false, supported: true
            opt      | num_attention_heads  | 5                      | num_attention_heads is 5, expected a divisor of hidden_size 48
            """)
    void refusesAConfigurationItCannotCompute(String family, String key, String value, String message)
            throws IOException {
        CheckpointFolder folder = copy(family, config -> {
            try {
                config.set(key, JSON.readTree(value.replace('\'', '"')));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });

        assertRefused(folder, "config.json: " + message);
    }

    @ParameterizedTest
    @CsvSource({
        "mamba2, backbone.layers.1.mixer.dt_bias",
        "mamba, backbone.layers.2.mixer.x_proj.weight",
        "llama, model.layers.1.mlp.up_proj.weight",
        "qwen3, model.layers.0.self_attn.q_norm.weight",
        "gpt-neox, gpt_neox.layers.0.attention.dense.bias",
        "opt, model.decoder.layers.0.fc1.weight"
    })
    void namesATensorThatIsMissingOrMisshapen(String family, String tensor) throws IOException {
        CheckpointFolder folder = copy(family, config -> {});

        folder.weights(tensors -> tensors.put(tensor, new RawTensor("F32", List.of(1, 1), new byte[Float.BYTES])));
        assertRefused(folder, "model.safetensors: tensor " + tensor + " has shape [1, 1], config.json says [");

        folder.weights(tensors -> tensors.remove(tensor));
        assertRefused(folder, "model.safetensors: tensor " + tensor + " is missing, expected with shape [");
    }

    @ParameterizedTest
    @CsvSource({"mamba2", "mamba", "llama", "qwen3", "gpt-neox", "opt"})
    void refusesAModelWithoutHead(String family) throws IOException {
        assertRefused(
                copy(family, config -> {}).weights(tensors -> tensors.remove("score.weight")),
                "model.safetensors: tensor score.weight is missing: a model without a ranking head");
    }

    @Test
    void takesTheEndTokenFromTheTokenizerElseFromTheConfiguration() throws IOException {
        CheckpointFolder folder = copy("llama", config -> {});
        folder.json("tokenizer_config.json", config -> config.put("eos_token", "<|pad|>"));
        assertThat(lastId(folder)).isEqualTo(2);

        folder.json("tokenizer_config.json", config -> config.remove("eos_token"));
        assertThat(lastId(folder)).isEqualTo(1);

        folder.json(
                "config.json", config -> config.putArray("eos_token_id").add(1).add(2));
        assertRefused(folder, "reranker.json: append_eos is true, but neither tokenizer_config.json's eos_token");

        folder.json("tokenizer_config.json", config -> config.put("eos_token", "<end>"));
        assertRefused(folder, "tokenizer.json: added_tokens lack \"<end>\"");
    }

    private static int lastId(CheckpointFolder folder) {
        try (Reranker reranker = load(folder.path(), "float32")) {
            int[] ids = reranker.encode("query", List.of("document")).get(0).ids();
            return ids[ids.length - 1];
        }
    }

    private CheckpointFolder copy(String family, Consumer<ObjectNode> change) throws IOException {
        return CheckpointFolder.copyOf(Golden.read(family), target).json("config.json", change);
    }

    private static void assertRefused(CheckpointFolder folder, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> load(folder.path(), "float32").close())
                .withMessageStartingWith(folder.path() + "/" + message);
    }

    private static float[] scores(CheckpointFolder folder, Golden golden) {
        return scores(folder.path(), golden, "float32");
    }

    private static float[] scores(Path folder, Golden golden, String dtype) {
        try (Reranker reranker = load(folder, dtype)) {
            return reranker.score(golden.pairs().stream()
                    .map(pair -> new EncodedPair(pair.ids(), new int[0], false))
                    .toList());
        }
    }

    private static Reranker load(Path folder, String dtype) {
        return Rerankers.load(
                folder, "golden", ModelSettings.defaults().withDevice("cpu").withDtype(dtype));
    }

    private static float[] expected(Golden golden) {
        float[] scores = new float[golden.pairs().size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) golden.pairs().get(i).score();
        }
        return scores;
    }
}
