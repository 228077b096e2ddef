package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OPT's shapes against a version written out step by step, which agrees with transformers on the common one. */
class OptShapesTest {
    private static final int NARROW = 24;
    private static final Golden GOLDEN = Golden.read("opt");

    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(GOLDEN, target);
    }

    @Test
    void stepsAgreeWithTransformers() throws IOException {
        OptSteps steps = new OptSteps(tensors(), 4, 3, true);

        for (Golden.Pair pair : GOLDEN.pairs().subList(0, 3)) {
            assertThat(steps.score(pair.ids())).isCloseTo(pair.score(), within(1e-9));
        }
    }

    @Test
    void putsNormsAfterTheSumsAndProjectsNarrowEmbeddings() throws IOException {
        narrow();
        folder.json("config.json", config -> config.put("do_layer_norm_before", false));

        assertAgrees(new OptSteps(tensors(), 4, 3, false));
    }

    @Test
    void projectsNarrowEmbeddingsAlone() throws IOException {
        narrow();

        assertAgrees(new OptSteps(tensors(), 4, 3, true));
    }

    private void narrow() throws IOException {
        Random random = new Random(350);
        folder.json("config.json", config -> config.put("word_embed_proj_dim", NARROW))
                .weights(tensors -> {
                    tensors.put("model.decoder.embed_tokens.weight", random(random, 800, NARROW));
                    tensors.put("model.decoder.project_in.weight", random(random, 48, NARROW));
                    tensors.put("model.decoder.project_out.weight", random(random, NARROW, 48));
                    tensors.put("score.weight", random(random, 1, NARROW));
                });
    }

    private static RawTensor random(Random random, int rows, int columns) {
        ByteBuffer data = ByteBuffer.allocate(rows * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.putFloat((float) random.nextGaussian() / 5);
        }
        return new RawTensor("F32", List.of(rows, columns), data.array());
    }

    private Map<String, RawTensor> tensors() throws IOException {
        Map<String, RawTensor> tensors = new LinkedHashMap<>();
        folder.weights(tensors::putAll);
        return tensors;
    }

    private void assertAgrees(OptSteps steps) {
        List<Golden.Pair> pairs = GOLDEN.pairs().subList(0, 5);
        try (Reranker reranker = Rerankers.load(
                folder.path(), "opt", ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            float[] scores = reranker.score(pairs.stream()
                    .map(pair -> new EncodedPair(pair.ids(), new int[0], false))
                    .toList());

            for (int i = 0; i < scores.length; i++) {
                assertThat((double) scores[i])
                        .isCloseTo(steps.score(pairs.get(i).ids()), within(1e-4));
            }
        }
    }
}
