package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What transformers computes for small random causal models, in float64. */
class CausalGoldenTest {
    private static final Offset<Float> BOUND = within(1e-4f);

    @ParameterizedTest
    @ValueSource(strings = {"mamba2", "mamba", "llama", "qwen3", "gpt-neox", "opt"})
    void givesTheSameIdsAndScores(String family) {
        Golden golden = Golden.read(family);
        try (Reranker reranker = Rerankers.load(
                golden.folder(), "golden", ModelSettings.defaults().withDevice("cpu"))) {
            assertThat(reranker.maxLength()).isEqualTo(golden.maxLength());
            for (Golden.Pair pair : golden.pairs()) {
                assertThat(encode(reranker, pair).ids()).as(pair.query()).containsExactly(pair.ids());
                assertScores(reranker, List.of(pair));
            }
            assertScores(reranker, golden.pairs());
            assertScoresInAnyOrderAndAnyCompany(reranker, golden);
        }
    }

    private static void assertScoresInAnyOrderAndAnyCompany(Reranker reranker, Golden golden) {
        Random random = new Random(20);
        for (int round = 0; round < 10; round++) {
            List<Golden.Pair> pairs = new ArrayList<>(golden.pairs());
            pairs.addAll(golden.pairs());
            Collections.shuffle(pairs, random);

            assertScores(reranker, pairs.subList(0, 1 + random.nextInt(pairs.size())));
        }
    }

    private static void assertScores(Reranker reranker, List<Golden.Pair> pairs) {
        float[] scores = reranker.score(
                pairs.stream().map(pair -> encode(reranker, pair)).toList());

        assertThat(scores).hasSameSizeAs(pairs);
        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i])
                    .as("pair %s of %s", i, scores.length)
                    .isCloseTo((float) pairs.get(i).score(), BOUND);
        }
    }

    private static EncodedPair encode(Reranker reranker, Golden.Pair pair) {
        return reranker.encode(pair.query(), List.of(pair.document())).get(0);
    }
}
