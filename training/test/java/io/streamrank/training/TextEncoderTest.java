package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.training.data.TextVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code record_similarities.py} recorded what transformers gives. */
class TextEncoderTest {
    private static final double NEAR = 1e-4;

    private final JsonNode recorded;
    private final List<String> texts = new ArrayList<>();

    TextEncoderTest() throws IOException {
        recorded = new ObjectMapper()
                .readTree(Path.of("training", "test", "resources", "similarities.json")
                        .toFile());
        recorded.path("texts").forEach(text -> texts.add(text.asText()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "distilbert", "minilm-l6-reranker"})
    void findsTextsAsAlikeAsTransformersDoes(String name) {
        JsonNode model = recorded.path("models").path(name);
        try (TextEncoder encoder = open(Path.of(model.path("folder").asText()))) {
            List<float[]> vectors = encoder.of(texts);

            for (int i = 0; i < 8; i++) {
                assertThat((double) vectors.get(0)[i])
                        .isCloseTo(model.path("vector").path(i).asDouble(), within(NEAR));
            }
            for (int i = 0; i < texts.size(); i++) {
                for (int j = 0; j < texts.size(); j++) {
                    assertThat(TextVectors.cosine(vectors.get(i), vectors.get(j)))
                            .as("%s and %s", texts.get(i), texts.get(j))
                            .isCloseTo(model.path("cosines").path(i).path(j).asDouble(), within(NEAR));
                }
            }
        }
    }

    @Test
    void readsABareEncoderToo(@TempDir Path folder) throws IOException {
        try (TextEncoder whole = open(GoldenCheckpoint.folder("bert"));
                TextEncoder bare = open(GoldenCheckpoint.writeBare(folder))) {
            assertThat(bare.of(texts).get(1)).isEqualTo(whole.of(texts).get(1));
        }
    }

    @Test
    void findsTheNearestFirst() {
        try (TextEncoder encoder = open(GoldenCheckpoint.folder("bert"))) {
            List<float[]> vectors = encoder.of(texts);
            float[] flat = new float[vectors.size() * vectors.get(0).length];
            for (int i = 0; i < vectors.size(); i++) {
                System.arraycopy(vectors.get(i), 0, flat, i * vectors.get(i).length, vectors.get(i).length);
            }
            encoder.hold(flat, vectors.size());

            assertThat(encoder.nearest(vectors, 100)[0]).containsExactly(0, 3, 2, 4, 1);
            // More than are looked up at once.
            int[][] many = encoder.nearest(Collections.nCopies(300, vectors.get(2)), 2);
            assertThat(many).hasDimensions(300, 2);
            assertThat(many[299]).containsExactly(2, 0);
        }
    }

    @Test
    void namesFamiliesThatItCannotRead() {
        assertThatThrownBy(() -> open(GoldenCheckpoint.folder("mamba2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is of family mamba2")
                .hasMessageContaining("bert, distilbert");
    }

    private TextEncoder open(Path folder) {
        return TextEncoder.load(
                folder, "cpu", "float32", recorded.path("longest").asInt());
    }
}
