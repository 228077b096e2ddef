package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What transformers computes in float64 for a small random model, for every family with a folder under golden. */
class GoldenTest {
    private static final Offset<Float> BOUND = within(1e-4f);
    private static final String FAMILIES = "io.streamrank.model.Golden#families";
    private static final Map<String, Loaded> LOADED = new HashMap<>();

    /** A golden checkpoint, loaded once for all tests. */
    private record Loaded(Golden golden, Reranker reranker) {
        static Loaded of(String family) {
            return LOADED.computeIfAbsent(family, Loaded::load);
        }

        private static Loaded load(String family) {
            Golden golden = Golden.read(family);
            return new Loaded(
                    golden,
                    Rerankers.load(
                            golden.folder(),
                            "golden",
                            ModelSettings.defaults()
                                    .withDevice("cpu")
                                    .withDtype("float32")
                                    .withMaxLength(golden.maxLength())));
        }

        EncodedPair encode(Golden.Pair pair) {
            return reranker.encode(pair.query(), List.of(pair.document())).get(0);
        }

        void assertScores(List<Golden.Pair> pairs) {
            float[] scores = reranker.score(pairs.stream().map(this::encode).toList());

            assertThat(scores).hasSameSizeAs(pairs);
            for (int i = 0; i < scores.length; i++) {
                assertThat(scores[i])
                        .as("pair %s of %s", i, scores.length)
                        .isCloseTo((float) pairs.get(i).score(), BOUND);
            }
        }
    }

    @AfterAll
    static void close() {
        LOADED.values().forEach(loaded -> loaded.reranker().close());
        LOADED.clear();
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void namesItsFamily(String family) {
        // The folder gpt-neox holds what config.json calls gpt_neox.
        assertThat(Loaded.of(family).reranker().model().family().replace('_', '-'))
                .isEqualTo(family);
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void makesTheSameIds(String family) {
        Loaded loaded = Loaded.of(family);
        for (Golden.Pair pair : loaded.golden().pairs()) {
            assertThat(loaded.encode(pair).ids()).as(pair.query()).containsExactly(pair.ids());
        }
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void encodesDocumentsOfOneQueryTogetherAsAlone(String family) {
        Loaded loaded = Loaded.of(family);
        List<String> documents =
                loaded.golden().pairs().stream().map(Golden.Pair::document).toList();
        String query = loaded.golden().pairs().get(0).query();

        List<EncodedPair> together = loaded.reranker().encode(query, documents);

        for (int i = 0; i < documents.size(); i++) {
            EncodedPair alone =
                    loaded.reranker().encode(query, documents.subList(i, i + 1)).get(0);
            assertThat(together.get(i)).usingRecursiveComparison().isEqualTo(alone);
        }
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void scoresEachPairAlone(String family) {
        Loaded loaded = Loaded.of(family);
        for (Golden.Pair pair : loaded.golden().pairs()) {
            loaded.assertScores(List.of(pair));
        }
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void scoresAllInOneBatch(String family) {
        Loaded loaded = Loaded.of(family);

        loaded.assertScores(loaded.golden().pairs());
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void scoresInAnyOrderAndAnyCompany(String family) {
        Loaded loaded = Loaded.of(family);
        Random random = new Random(20);
        for (int round = 0; round < 8; round++) {
            List<Golden.Pair> pairs = new ArrayList<>(loaded.golden().pairs());
            pairs.addAll(loaded.golden().pairs());
            Collections.shuffle(pairs, random);

            loaded.assertScores(pairs.subList(0, 1 + random.nextInt(pairs.size())));
        }
    }
}
