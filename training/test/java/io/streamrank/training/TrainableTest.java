package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.model.CheckpointException;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.PairLimits;
import io.streamrank.model.Parameter;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainableTest {
    private static final List<String> FILES =
            List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void takesRandomZerosFromTheConfigurationOrTheFamily() throws IOException {
        copy("bert", "\"hidden_dropout_prob\": 0.1", "\"hidden_dropout_prob\": 0.25");
        try (Trainable stated = Trainable.open(folder, 0);
                Trainable none = GoldenCheckpoint.open("mamba")) {
            assertThat(stated.dropout()).isEqualTo(0.25);
            assertThat(none.dropout()).isZero();
            assertThat(none.attentionDropout()).isZero();
        }
    }

    @Test
    void refusesToTrainRowsOfALanguageModelHead() throws IOException {
        copy("llama", "", "");
        Files.writeString(folder.resolve("reranker.json"), "{\"labels\": [\"no\", \"yes\"]}");

        assertThatThrownBy(() -> Trainable.open(folder, 0))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("labels")
                .hasMessageContaining("begins a ranking head of its own");
    }

    @Test
    void beginsAHeadAnewThatIsThere() {
        try (Trainable kept = GoldenCheckpoint.open("bert");
                Trainable anew = Trainable.open(GoldenCheckpoint.folder("bert"), PairLimits.OF_CHECKPOINT, true)) {
            assertThat(kept.parameters()).noneMatch(Parameter::fresh);
            assertThat(anew.parameters())
                    .allSatisfy(parameter -> assertThat(parameter.fresh())
                            .as(parameter.name())
                            .isEqualTo(parameter.name().startsWith("head.")));
        }
    }

    @Test
    void refusesABrokenBody() throws IOException {
        copy("bert", "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");

        assertThatThrownBy(() -> Trainable.open(folder, 0))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("encoder.layer.3.")
                .hasMessageContaining("is missing");
    }

    @Test
    void checksIdsThatComeFromElsewhere() {
        try (Trainable trainable = GoldenCheckpoint.open("bert")) {
            EncodedPair pair = new EncodedPair(new int[] {1, 1 << 20}, new int[0], false);

            assertThatThrownBy(() -> trainable.pack(List.of(pair)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("token id 1048576");
        }
    }

    private void copy(String family, String from, String to) throws IOException {
        for (String name : FILES) {
            Files.copy(GoldenCheckpoint.folder(family).resolve(name), folder.resolve(name));
        }
        String config = Files.readString(folder.resolve("config.json"));
        assertThat(config).contains(from);
        Files.writeString(folder.resolve("config.json"), config.replace(from, to));
    }
}
