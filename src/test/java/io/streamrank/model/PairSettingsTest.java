package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                .isEqualTo(CausalTemplate.of(folder.file("reranker.json"), CausalTemplate.DEFAULT_TEXT, 0));
    }

    private PairSettings read(int maxLength) {
        Checkpoint checkpoint = Checkpoint.open(folder.path());
        return PairSettings.of(checkpoint, Families.read(checkpoint), maxLength);
    }
}
