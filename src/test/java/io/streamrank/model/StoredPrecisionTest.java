package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same checkpoint, stored and computed otherwise. */
class StoredPrecisionTest {
    private static final Golden GOLDEN = Golden.read("bert");

    /** Half the bits hold other weights; those weights are read exactly. */
    @ParameterizedTest
    @ValueSource(strings = {"F16", "BF16"})
    void readsHalfTheBitsExactly(String dtype, @TempDir Path narrow, @TempDir Path wide) throws IOException {
        CheckpointFolder stored = CheckpointFolder.copyOf(GOLDEN, narrow)
                .weights(tensors -> tensors.replaceAll((name, tensor) -> tensor.as(dtype)));
        CheckpointFolder same = CheckpointFolder.copyOf(GOLDEN, wide)
                .weights(tensors ->
                        tensors.replaceAll((name, tensor) -> tensor.as(dtype).widened()));

        assertThat(scores(stored.path(), settings())).containsExactly(scores(same.path(), settings()), within(1e-5f));
    }

    /** Rounding the weights moves this model's scores, which spread over 2, by 0.003 and 0.04. */
    @ParameterizedTest
    @CsvSource({"F16, 0.01", "BF16, 0.1"})
    void staysNearTheFullWeights(String dtype, float bound, @TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(GOLDEN, target)
                .weights(tensors -> tensors.replaceAll((name, tensor) -> tensor.as(dtype)));

        assertThat(scores(folder.path(), settings())).containsExactly(golden(), within(bound));
    }

    @Test
    void readsMixedTypes(@TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(GOLDEN, target)
                .weights(tensors -> tensors.replaceAll((name, tensor) -> switch (name.hashCode() & 3) {
                    case 0 -> tensor.as("F16");
                    case 1 -> tensor.as("BF16");
                    default -> tensor;
                }));

        assertThat(scores(folder.path(), settings())).containsExactly(golden(), within(0.1f));
    }

    @Test
    void computesInBfloat16WithinItsRounding() {
        float[] scores = scores(GOLDEN.folder(), settings().withDtype("bfloat16"));

        assertThat(scores).containsExactly(golden(), within(0.2f));
    }

    @Test
    void readsABareEncoderPrefixOldNormNamesAndStrayTensors(@TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(GOLDEN, target).weights(StoredPrecisionTest::age);

        assertThat(scores(folder.path(), settings())).containsExactly(golden(), within(1e-4f));
    }

    private static void age(Map<String, RawTensor> tensors) {
        Map<String, RawTensor> old = new LinkedHashMap<>();
        old.put("embeddings.position_ids", new RawTensor("I64", List.of(1, 1), new byte[Long.BYTES]));
        tensors.forEach((name, tensor) -> old.put(
                name.replaceFirst("^bert\\.", "")
                        .replace("LayerNorm.weight", "LayerNorm.gamma")
                        .replace("LayerNorm.bias", "LayerNorm.beta"),
                tensor));
        tensors.clear();
        tensors.putAll(old);
    }

    private static ModelSettings settings() {
        return ModelSettings.defaults().withDevice("cpu").withDtype("float32").withMaxLength(GOLDEN.maxLength());
    }

    private static float[] golden() {
        float[] scores = new float[GOLDEN.pairs().size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) GOLDEN.pairs().get(i).score();
        }
        return scores;
    }

    private static float[] scores(Path folder, ModelSettings settings) {
        try (Reranker reranker = Rerankers.load(folder, "x", settings)) {
            return reranker.score(GOLDEN.pairs().stream()
                    .map(pair -> reranker.encode(pair.query(), List.of(pair.document()))
                            .get(0))
                    .toList());
        }
    }
}
