package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairSettingsTest {
    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(Golden.read("bert"), target);
    }

    @Test
    void takesThePositionsWhereTheTokenizerAllowsMore() {
        assertThat(read(0).maxLength()).isEqualTo(128);
    }

    @Test
    void takesTheTokenizersLengthWhereItIsLess() throws IOException {
        folder.json("tokenizer_config.json", config -> config.put("model_max_length", 100));

        assertThat(read(0).maxLength()).isEqualTo(100);
    }

    @Test
    void ignoresALengthThatMeansNone() throws IOException {
        folder.json("tokenizer_config.json", config -> config.put("model_max_length", 1e30));

        assertThat(read(0).maxLength()).isEqualTo(128);
    }

    @Test
    void takesRerankerJsonBeforeTheTokenizerAndTheSettingBeforeBoth() throws IOException {
        folder.text("reranker.json", "{\"max_length\": 60}");

        assertThat(read(0).maxLength()).isEqualTo(60);
        assertThat(read(90).maxLength()).isEqualTo(90);
    }

    @Test
    void givesSegmentsAsTransformersWould() throws IOException {
        assertThat(read(0).segments()).isFalse();

        folder.json("tokenizer_config.json", config -> config.put("tokenizer_class", "BertTokenizer"));
        assertThat(read(0).segments()).isTrue();

        folder.json(
                "tokenizer_config.json",
                config -> config.putArray("model_input_names").add("input_ids"));
        assertThat(read(0).segments()).isFalse();

        folder.without("tokenizer_config.json");
        assertThat(read(0).segments()).isTrue();
    }

    @Test
    void boundsACausalModelThatStatesNoLength(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(Golden.read("mamba2"), target)
                .without("reranker.json")
                .without("tokenizer_config.json");

        assertThat(read(0).maxLength()).isEqualTo(2048);
        assertThat(read(5000).maxLength()).isEqualTo(5000);
        assertThat(read(0).causal())
                .isEqualTo(new CausalTemplate(List.of("document: {document}", " ; query: {query} ;"), 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            torch.nn.modules.activation.Sigmoid | SIGMOID
            torch.nn.modules.linear.Identity    | NONE
            """)
    void takesTheActivationThatSentenceTransformersStored(String stored, Activation activation) throws IOException {
        assertThat(read(0).activation()).isEqualTo(Activation.NONE);

        folder.json("config.json", config -> config.put("sbert_ce_default_activation_function", stored));
        assertThat(read(0).activation()).isEqualTo(activation);

        String other = activation == Activation.NONE ? "torch.nn.Sigmoid" : "torch.nn.Identity";
        folder.json(
                "config.json",
                config -> config.putObject("sentence_transformers").put("activation_fn", other));
        assertThat(read(0).activation()).isNotEqualTo(activation);

        folder.text("config_sentence_transformers.json", "{\"activation_fn\": \"" + stored + "\"}");
        assertThat(read(0).activation()).isEqualTo(activation);
    }

    @Test
    void takesRerankerJsonsActivationBeforeAnyStoredOne() throws IOException {
        folder.json(
                "config.json",
                config -> config.putObject("sentence_transformers")
                        .put("version", "4.0.0")
                        .put("activation_fn", "torch.nn.modules.activation.Tanh"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> read(0))
                .withMessageContaining("config.json: sentence_transformers.activation_fn is"
                        + " \"torch.nn.modules.activation.Tanh\", supported: torch.nn.modules.linear.Identity,");

        folder.text("reranker.json", "{\"activation\": \"sigmoid\"}");
        assertThat(read(0).activation()).isEqualTo(Activation.SIGMOID);
    }

    @Test
    void takesNoActivationWhereSentenceTransformersStoredNone() throws IOException {
        folder.text("config_sentence_transformers.json", "{\"activation_fn\": null}")
                .json(
                        "config.json",
                        config -> config.put("sbert_ce_default_activation_function", (String) null)
                                .putObject("sentence_transformers")
                                .put("version", "4.1.0"));

        assertThat(read(0).activation()).isEqualTo(Activation.NONE);
    }

    @Test
    void refusesAStatedLengthThatTheModelHasNoPositionsFor() throws IOException {
        folder.text("reranker.json", "{\"max_length\": 129}");

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> read(0))
                .withMessageContaining("reranker.json: max_length is 129, the model has positions for 128 tokens");
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> read(64));

        folder.text("reranker.json", "{\"max_length\": 128}");
        assertThat(read(0).maxLength()).isEqualTo(128);
    }

    private PairSettings read(int maxLength) {
        Checkpoint checkpoint = Checkpoint.open(folder.path());
        return PairSettings.of(checkpoint, Families.read(checkpoint), maxLength);
    }
}
