package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What transformers computes for a small random BERT, in float64. */
class GoldenBertTest {
    private static final Offset<Float> BOUND = within(1e-4f);
    private static final Golden GOLDEN = Golden.read("bert");
    private static Reranker reranker;

    @BeforeAll
    static void load() {
        reranker = Rerankers.load(
                GOLDEN.folder(),
                "golden",
                ModelSettings.defaults().withDevice("cpu").withMaxLength(GOLDEN.maxLength()));
    }

    @AfterAll
    static void close() {
        reranker.close();
    }

    @Test
    void makesTheSameIds() {
        for (Golden.Pair pair : GOLDEN.pairs()) {
            EncodedPair encoded = encode(pair);

            assertThat(encoded.ids()).as(pair.query()).containsExactly(pair.ids());
        }
    }

    @Test
    void encodesDocumentsOfOneQueryTogetherAsAlone() {
        List<String> documents =
                GOLDEN.pairs().stream().map(Golden.Pair::document).toList();
        String query = GOLDEN.pairs().get(0).query();

        List<EncodedPair> together = reranker.encode(query, documents);

        for (int i = 0; i < documents.size(); i++) {
            EncodedPair alone =
                    reranker.encode(query, documents.subList(i, i + 1)).get(0);
            assertThat(together.get(i)).usingRecursiveComparison().isEqualTo(alone);
        }
    }

    @Test
    void scoresEachPairAlone() {
        for (Golden.Pair pair : GOLDEN.pairs()) {
            assertThat(reranker.score(List.of(encode(pair)))[0]).isCloseTo((float) pair.score(), BOUND);
        }
    }

    @Test
    void scoresAllInOneBatch() {
        assertScores(GOLDEN.pairs());
    }

    @Test
    void scoresInAnyOrderAndAnyCompany() {
        Random random = new Random(20);
        for (int round = 0; round < 20; round++) {
            List<Golden.Pair> pairs = new ArrayList<>(GOLDEN.pairs());
            pairs.addAll(GOLDEN.pairs());
            Collections.shuffle(pairs, random);

            assertScores(pairs.subList(0, 1 + random.nextInt(pairs.size())));
        }
    }

    private static void assertScores(List<Golden.Pair> pairs) {
        float[] scores =
                reranker.score(pairs.stream().map(GoldenBertTest::encode).toList());

        assertThat(scores).hasSameSizeAs(pairs);
        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i])
                    .as("pair %s of %s", i, scores.length)
                    .isCloseTo((float) pairs.get(i).score(), BOUND);
        }
    }

    private static EncodedPair encode(Golden.Pair pair) {
        return reranker.encode(pair.query(), List.of(pair.document())).get(0);
    }
}
