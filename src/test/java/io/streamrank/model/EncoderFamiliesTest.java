package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What encoder checkpoints vary in, on the golden ones. */
class EncoderFamiliesTest {
    @ParameterizedTest
    @CsvSource({
        "bert, bert.",
        "roberta, roberta.",
        "xlm-roberta, roberta.",
        "electra, electra.",
        "distilbert, distilbert.",
        "modernbert, model.",
        "deberta-v2, deberta.",
        "bart, model.",
    })
    void readsBareEncoderNamesOldNormNamesAndStrayTensors(String family, String prefix, @TempDir Path target)
            throws IOException {
        Golden golden = Golden.read(family);
        CheckpointFolder folder = CheckpointFolder.copyOf(golden, target).weights(tensors -> age(tensors, prefix));

        assertThat(scores(folder.path(), golden)).containsExactly(expected(golden), within(1e-4f));
    }

    private static void age(Map<String, RawTensor> tensors, String prefix) {
        Map<String, RawTensor> old = new LinkedHashMap<>();
        old.put("embeddings.position_ids", new RawTensor("I64", List.of(1, 1), new byte[Long.BYTES]));
        tensors.forEach((name, tensor) -> old.put(
                (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
                        .replace("LayerNorm.weight", "LayerNorm.gamma")
                        .replace("LayerNorm.bias", "LayerNorm.beta"),
                tensor));
        tensors.clear();
        tensors.putAll(old);
    }

    /** Rows h and 2 h: the second less the first is h, and so is the score. */
    @ParameterizedTest
    @CsvSource({
        "bert, classifier",
        "roberta, classifier.out_proj",
        "electra, classifier.out_proj",
        "distilbert, classifier",
        "modernbert, classifier",
        "deberta-v2, classifier",
        "bart, classification_head.out_proj",
    })
    void ranksByTheSecondOfTwoLabelsLessTheFirst(String family, String head, @TempDir Path target) throws IOException {
        Golden golden = Golden.read(family);
        CheckpointFolder folder = CheckpointFolder.copyOf(golden, target)
                .json(
                        "config.json",
                        config -> config.putObject("id2label").put("0", "no").put("1", "yes"))
                .weights(tensors -> {
                    tensors.computeIfPresent(head + ".weight", (name, tensor) -> RawTensor.andTwice(tensor));
                    tensors.computeIfPresent(head + ".bias", (name, tensor) -> RawTensor.andTwice(tensor));
                });

        assertThat(scores(folder.path(), golden)).containsExactly(expected(golden), within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            roberta    | max_position_embeddings | 129 | roberta.embeddings.position_embeddings.weight
            electra    | embedding_size          | 16  | electra.embeddings.word_embeddings.weight
            electra    | embedding_size          | 48  | electra.embeddings.word_embeddings.weight
            distilbert | hidden_dim              | 97  | distilbert.transformer.layer.0.ffn.lin1.weight
            modernbert | intermediate_size       | 71  | model.layers.0.mlp.Wi.weight
            deberta-v2 | position_buckets        | 16  | deberta.encoder.rel_embeddings.weight
            bart       | max_position_embeddings | 130 | model.encoder.embed_positions.weight
            bart       | decoder_ffn_dim         | 95  | model.decoder.layers.0.fc1.weight
            """)
    void namesTheTensorThatContradictsTheConfiguration(
            String family, String key, int value, String tensor, @TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(Golden.read(family), target)
                .json("config.json", config -> config.put(key, value));

        assertRefused(folder, "model.safetensors", "tensor " + tensor + " has shape [", "config.json says [", key);
    }

    @ParameterizedTest
    @CsvSource({
        "xlm-roberta, classifier.dense.bias",
        "electra, electra.embeddings_project.weight",
        "distilbert, distilbert.transformer.layer.2.sa_layer_norm.weight",
        "modernbert, model.layers.1.attn_norm.weight",
        "deberta-v2, deberta.encoder.rel_embeddings.weight",
        "bart, model.decoder.layers.1.encoder_attn.k_proj.weight",
    })
    void namesAMissingTensor(String family, String tensor, @TempDir Path target) throws IOException {
        CheckpointFolder folder =
                CheckpointFolder.copyOf(Golden.read(family), target).weights(tensors -> tensors.remove(tensor));

        assertRefused(folder, "model.safetensors", "tensor " + tensor + " is missing, expected with shape [");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            roberta    | position_embedding_type | "relative_key" | position_embedding_type is "relative_key", supported: "absolute"
            roberta    | pad_token_id            | 129            | max_position_embeddings is 130, supported: more than pad_token_id 129
            roberta    | pad_token_id            | "one"          | pad_token_id is "one", expected a whole number from 0 on
            electra    | is_decoder              | true           | is_decoder is true, supported: false
            distilbert | n_heads                 | 5              | n_heads is 5, expected a divisor of dim 48
            distilbert | activation              | "tanh"         | activation is "tanh", supported: gelu
            modernbert | classifier_pooling      | "max"          | classifier_pooling is "max", supported: "cls", "mean"
            modernbert | layer_types             | ["full_attention"] | supported: one entry for each of num_hidden_layers 4
            modernbert | layer_types             | ["linear"]     | layer_types is ["linear"], supported: a list of
            modernbert | num_attention_heads     | 16             | num_attention_heads is 16, supported: heads of an even width
            modernbert | rope_scaling            | {"factor":2}   | rope_scaling is {"factor":2}, supported: null
            modernbert | rope_parameters         | {"full_attention":{"rope_type":"yarn"}} | supported: rope_type "default"
            deberta-v2 | relative_attention      | false          | relative_attention is false, supported: true
            deberta-v2 | conv_kernel_size        | 3              | conv_kernel_size is 3, supported: 0
            deberta-v2 | pos_att_type            | ["p2p"]        | pos_att_type is ["p2p"], supported: "c2p", "p2c"
            deberta-v2 | norm_rel_ebd            | "rms"          | norm_rel_ebd is "rms", supported: "none", "layer_norm"
            deberta-v2 | embedding_size          | 24             | embedding_size is 24, supported: hidden_size 48
            deberta-v2 | position_buckets        | 2              | position_buckets is 2, supported: 4 or more
            bart       | decoder_attention_heads | 2              | decoder_attention_heads is 2, supported: encoder_attention_heads 4
            bart       | normalize_before        | true           | normalize_before is true, supported: false
            bart       | decoder_start_token_id  | 800            | decoder_start_token_id is 800, supported: less than vocab_size 800
            """)
    void refusesAConfigurationItCannotCompute(
            String family, String key, String value, String message, @TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(Golden.read(family), target);
        Object json = new ObjectMapper().readValue(value, Object.class);
        folder.json("config.json", config -> config.putPOJO(key, json));

        assertRefused(folder, "config.json", message);
    }

    /** A text may spell it; expected is what transformers' formula gives in float64. */
    @Test
    void countsRobertasPositionsWithoutThePaddingToken() {
        int[] ids = {
            0, 38, 80, 320, 79, 1, 278, 647, 84, 270, 1, 1, 304, 52, 456, 270, 318, 317, 86, 328, 13, 367, 370, 73, 2,
            2, 52, 264, 71, 616, 412, 2
        };
        EncodedPair padded = new EncodedPair(ids, new int[0], false);
        Golden golden = Golden.read("roberta");
        try (Reranker reranker = Rerankers.load(golden.folder(), "x", settings(golden))) {
            List<EncodedPair> pairs = new ArrayList<>();
            golden.pairs().forEach(pair -> pairs.add(new EncodedPair(pair.ids(), new int[0], false)));
            pairs.add(7, padded);

            assertThat(reranker.score(pairs)[7]).isCloseTo(2.544629f, within(1e-4f));
        }
    }

    @Test
    void readsTheModernBertConfigurationOfTransformers4(@TempDir Path target) throws IOException {
        Golden golden = Golden.read("modernbert");
        CheckpointFolder folder = CheckpointFolder.copyOf(golden, target).json("config.json", config -> {
            config.remove(List.of("layer_types", "rope_parameters"));
            config.put("global_attn_every_n_layers", 3)
                    .put("global_rope_theta", 160_000.0)
                    .put("local_rope_theta", 10_000.0);
        });

        assertThat(scores(folder.path(), golden)).containsExactly(expected(golden), within(1e-4f));
    }

    /** Expected is what transformers' formula gives in float64. */
    @Test
    void poolsModernBertOverAllTokens(@TempDir Path target) throws IOException {
        Golden golden = Golden.read("modernbert");
        CheckpointFolder folder = CheckpointFolder.copyOf(golden, target)
                .json("config.json", config -> config.put("classifier_pooling", "mean"));

        assertThat(scores(folder.path(), golden))
                .containsExactly(
                        new float[] {
                            -0.689887f,
                            -1.75399f,
                            2.382403f,
                            1.320382f,
                            -0.869508f,
                            -3.638655f,
                            -1.16503f,
                            -0.175107f,
                            -1.8742f,
                            -1.135416f,
                            4.286609f,
                            -0.729516f,
                            -0.337501f,
                            0.367854f
                        },
                        within(1e-4f));
    }

    @Test
    void readsDebertasOwnProjectionsOfPositions(@TempDir Path target) throws IOException {
        Golden golden = Golden.read("deberta-v2");
        CheckpointFolder folder = CheckpointFolder.copyOf(golden, target)
                .json(
                        "config.json",
                        config -> config.put("share_att_key", false).put("pos_att_type", "p2c|c2p"))
                .weights(tensors -> Map.copyOf(tensors).forEach((name, tensor) -> {
                    if (name.contains(".key_proj.") || name.contains(".query_proj.")) {
                        tensors.put(name.replace("self.", "self.pos_"), tensor);
                    }
                }));

        assertThat(scores(folder.path(), golden)).containsExactly(expected(golden), within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource({"roberta", "electra", "distilbert", "modernbert", "deberta-v2", "bart"})
    void computesInBfloat16WithinItsRounding(String family) {
        Golden golden = Golden.read(family);

        assertThat(scores(golden.folder(), golden, settings(golden).withDtype("bfloat16")))
                .containsExactly(expected(golden), within(0.2f));
    }

    private static ModelSettings settings(Golden golden) {
        return ModelSettings.defaults().withDevice("cpu").withDtype("float32").withMaxLength(golden.maxLength());
    }

    private static float[] expected(Golden golden) {
        float[] scores = new float[golden.pairs().size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) golden.pairs().get(i).score();
        }
        return scores;
    }

    private static float[] scores(Path folder, Golden golden) {
        return scores(folder, golden, settings(golden));
    }

    private static float[] scores(Path folder, Golden golden, ModelSettings settings) {
        try (Reranker reranker = Rerankers.load(folder, "x", settings)) {
            return reranker.score(golden.pairs().stream()
                    .map(pair -> reranker.encode(pair.query(), List.of(pair.document()))
                            .get(0))
                    .toList());
        }
    }

    private static void assertRefused(CheckpointFolder folder, String file, String... parts) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Rerankers.load(folder.path(), "x", ModelSettings.defaults()))
                .withMessageStartingWith(folder.file(file) + ": ")
                .withMessageContainingAll(parts);
    }
}
