package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checkpoint that ships with the worker. */
class MiniLmTest {
    private static final Path FOLDER = Path.of("models", "minilm-l6-reranker");

    @Test
    void putsTheAnswerFirst() {
        try (Reranker reranker = Rerankers.load(
                FOLDER, "minilm", ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            float[] scores = reranker.score(reranker.encode(
                    "how do vaccines protect against disease",
                    List.of(
                            "The harbour of Rotterdam is the largest in Europe by cargo tonnage.",
                            "A vaccine trains the immune system to recognise a pathogen, so that it can fight the"
                                    + " disease before it takes hold.",
                            "Sourdough bread is leavened by wild yeast and lactic acid bacteria.")));

            assertThat(scores[1]).isGreaterThan(scores[0] + 1).isGreaterThan(scores[2] + 1);
            assertThat(reranker.maxLength()).isEqualTo(256);
        }
    }

    /** {@code cat config.json tokenizer.json reranker.json model.safetensors | sha256sum} in its folder. */
    @Test
    void namesItsRevisionByItsContent() {
        assertThat(Checkpoint.open(FOLDER).revision()).isEqualTo("c8a87ed5230c");
    }
}
