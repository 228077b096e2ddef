package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Causal models that go on from what they remember of a document, against themselves without memory. */
class DocumentStateTest {
    private static final String FAMILIES = "causalFamilies";
    private static final int PREFIXES = 12;
    private static final int LONGEST_PREFIX = 90;
    private static final int LONGEST_REST = 40;

    static Stream<String> causalFamilies() {
        return Stream.of("llama", "qwen3", "gpt-neox", "opt", "mamba", "mamba2");
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void scoresAsWithoutMemory(String family) {
        List<EncodedPair> pairs = pairs(new Random(7));
        float[] expected = scores(family, "float32", 0, pairs);
        try (Reranker reranker = load(family, "float32", 64 << 20, false)) {
            float[] unread = reranker.score(pairs);
            float[] known = reranker.score(pairs);

            assertThat(unread).containsExactly(expected, within(1e-5f * spread(expected)));
            assertThat(known).containsExactly(expected, within(1e-5f * spread(expected)));
            assertThat(reranker.stateCache().misses()).isEqualTo(PREFIXES);
            assertThat(reranker.stateCache().hits()).isEqualTo(2L * pairs.size() - PREFIXES);
            assertThat(reranker.stateCache().evictions()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void scoresAsWithoutMemoryWhereItHoldsButAFewDocuments(String family) {
        Random random = new Random(8);
        List<EncodedPair> pairs = pairs(random);
        float[] expected = scores(family, "float32", 0, pairs);
        long few = bytesOfAll(family, pairs) / 4;
        try (Reranker reranker = load(family, "float32", few, false)) {
            for (int round = 0; round < 6; round++) {
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < pairs.size(); i++) {
                    order.add(i);
                }
                Collections.shuffle(order, random);
                List<Integer> some = order.subList(0, 1 + random.nextInt(pairs.size()));

                float[] scores = reranker.score(some.stream().map(pairs::get).toList());

                for (int i = 0; i < scores.length; i++) {
                    assertThat(scores[i])
                            .as("pair %s", some.get(i))
                            .isCloseTo(expected[some.get(i)], within(1e-5f * spread(expected)));
                }
            }
            assertThat(reranker.stateCache().evictions()).isPositive();
            assertThat(reranker.stateCache().bytes()).isLessThanOrEqualTo(few);
        }
    }

    /** Many queries to one long document: their keys, or states, together are more than one pass may gather. */
    @ParameterizedTest
    @MethodSource(FAMILIES)
    void boundsWhatAPassGathers(String family) {
        Random random = new Random(11);
        int[] document = ids(random, LONGEST_PREFIX);
        List<EncodedPair> pairs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int[] all = Arrays.copyOf(document, LONGEST_PREFIX + 2);
            all[LONGEST_PREFIX] = 3 + i;
            all[LONGEST_PREFIX + 1] = 3;
            pairs.add(new EncodedPair(all, new int[0], false, LONGEST_PREFIX));
        }
        float[] expected = scores(family, "float32", 0, pairs);
        long oneDocument = bytesOfAll(family, pairs);

        try (Reranker reranker = load(family, "float32", oneDocument, true)) {
            assertThat(reranker.score(pairs)).containsExactly(expected, within(1e-5f));
            assertThat(reranker.savedTokens()).isEqualTo(39L * LONGEST_PREFIX);
            assertThat(reranker.stateCache()).isEqualTo(new CacheStatistics(39, 1, 0, oneDocument));
        }
    }

    @Test
    void keepsNothingWhereThereIsNoRoom() {
        try (Reranker reranker = load("mamba2", "float32", 1, false);
                Reranker forgetful = load("mamba2", "float32", 0, false)) {
            List<EncodedPair> pairs = pairs(new Random(12));

            assertThat(reranker.score(pairs)).containsExactly(forgetful.score(pairs), within(0f));
            assertThat(reranker.residentBytes()).isEqualTo(forgetful.residentBytes());
            assertThat(reranker.stateCache()).isEqualTo(CacheStatistics.NONE);
        }
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void scoresAsWithoutMemoryInBfloat16(String family) {
        List<EncodedPair> pairs = pairs(new Random(9));
        float[] expected = scores(family, "bfloat16", 0, pairs);

        float[] scores = scores(family, "bfloat16", 64 << 20, pairs);

        assertThat(scores).containsExactly(expected, within(1e-2f * spread(expected)));
    }

    @ParameterizedTest
    @MethodSource(FAMILIES)
    void remembersRealDocumentsAcrossQueries(String family) {
        Golden golden = Golden.read(family);
        List<String> documents = golden.pairs().stream()
                .map(Golden.Pair::document)
                .filter(document -> !document.isEmpty())
                .distinct()
                .toList();
        try (Reranker reranker = load(family, "float32", 64 << 20, false);
                Reranker forgetful = load(family, "float32", 0, false)) {
            for (Golden.Pair pair : golden.pairs()) {
                List<EncodedPair> pairs = reranker.encode(pair.query(), documents);

                float[] scores = reranker.score(pairs);

                assertThat(scores).containsExactly(forgetful.score(pairs), within(2e-5f));
            }
            EncodedPair again =
                    reranker.encode(golden.pairs().get(0).query(), documents).get(0);
            assertThat(reranker.rememberedTokens(again)).isEqualTo(again.prefixTokens());
            assertThat(reranker.sharedTokens(again)).isEqualTo(again.prefixTokens());
            assertThat(forgetful.sharedTokens(again)).isZero();
            assertThat(reranker.stateCache().hits()).isPositive();
        }
    }

    /** Random ids: prefixes of all lengths from 1, each followed by several rests of all lengths from 1. */
    private static List<EncodedPair> pairs(Random random) {
        List<EncodedPair> pairs = new ArrayList<>();
        for (int i = 0; i < PREFIXES; i++) {
            int[] prefix = ids(random, i < 4 ? i + 1 : 1 + random.nextInt(LONGEST_PREFIX));
            for (int j = 0; j < 3; j++) {
                int[] rest = ids(random, j == 0 ? 1 + i % 4 : 1 + random.nextInt(LONGEST_REST));
                int[] all = new int[prefix.length + rest.length];
                System.arraycopy(prefix, 0, all, 0, prefix.length);
                System.arraycopy(rest, 0, all, prefix.length, rest.length);
                pairs.add(new EncodedPair(all, new int[0], false, prefix.length));
            }
        }
        Collections.shuffle(pairs, random);
        return pairs;
    }

    private static int[] ids(Random random, int count) {
        return random.ints(count, 3, 700).toArray();
    }

    private static long bytesOfAll(String family, List<EncodedPair> pairs) {
        try (Reranker reranker = load(family, "float32", 64 << 20, false)) {
            reranker.score(pairs);
            return reranker.stateCache().bytes();
        }
    }

    private static float[] scores(String family, String dtype, long stateCache, List<EncodedPair> pairs) {
        try (Reranker reranker = load(family, dtype, stateCache, false)) {
            return reranker.score(pairs);
        }
    }

    private static float spread(float[] scores) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            least = Math.min(least, score);
            most = Math.max(most, score);
        }
        return most - least;
    }

    private static Reranker load(String family, String dtype, long stateCache, boolean onHost) {
        return Rerankers.load(
                Golden.read(family).folder(),
                "golden",
                ModelSettings.defaults().withDevice("cpu").withDtype(dtype).withStateCache(stateCache, onHost));
    }
}
