package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadedRerankerTest {
    private static final Golden GOLDEN = Golden.read("bert");
    private static final Offset<Float> ROUNDING = within(1e-5f);

    private Reranker reranker;

    @BeforeEach
    void load() {
        reranker = Rerankers.load(
                GOLDEN.folder(),
                "golden",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32"));
    }

    @AfterEach
    void close() {
        reranker.close();
    }

    @Test
    void saysWhatItIs() {
        assertThat(reranker.model().id()).isEqualTo("golden");
        assertThat(reranker.model().family()).isEqualTo("bert");
        assertThat(reranker.model().revision()).matches("[0-9a-f]{12}");
        assertThat(reranker.device()).isEqualTo("cpu");
        assertThat(reranker.dtype()).isEqualTo("float32");
        assertThat(reranker.maxLength()).isEqualTo(128);
    }

    @Test
    void choosesAnArithmeticByItself() {
        try (Reranker measured = Rerankers.load(
                GOLDEN.folder(), "golden", ModelSettings.defaults().withDevice("cpu"))) {
            assertThat(measured.dtype()).isIn("float32", "bfloat16");
            EncodedPair pair = measured.encode("group", List.of("patients")).get(0);
            assertThat(measured.score(List.of(pair))).containsExactly(reranker.score(List.of(pair)), within(0.1f));
        }
    }

    @Test
    void saysWhatItTakesOnItsDevice() {
        long float32 = WeightBytes.of(Families.read(Checkpoint.open(GOLDEN.folder())), Dtype.FLOAT32);

        assertThat(reranker.residentBytes()).isEqualTo(float32);
        try (Reranker half = Rerankers.load(
                GOLDEN.folder(),
                "golden",
                ModelSettings.defaults().withDevice("cpu").withDtype("bfloat16"))) {
            assertThat(half.residentBytes()).isBetween(float32 / 2, float32 * 6 / 10);
        }
    }

    @Test
    void takesNothingForNothing() {
        assertThat(reranker.encode("query", List.of())).isEmpty();
        assertThat(reranker.score(List.of())).isEmpty();
    }

    @Test
    void givesTheSameFromManyThreadsAsFromOne() throws Exception {
        List<float[]> alone = new ArrayList<>();
        for (Golden.Pair pair : GOLDEN.pairs()) {
            alone.add(scores(pair.query()));
        }

        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<float[]>> together = new ArrayList<>();
            for (int round = 0; round < 5; round++) {
                GOLDEN.pairs().forEach(pair -> together.add(threads.submit(() -> scores(pair.query()))));
            }
            for (int i = 0; i < together.size(); i++) {
                assertThat(together.get(i).get(5, TimeUnit.MINUTES))
                        .containsExactly(alone.get(i % alone.size()), ROUNDING);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private float[] scores(String query) {
        return reranker.score(reranker.encode(
                query, GOLDEN.pairs().stream().map(Golden.Pair::document).toList()));
    }

    @Test
    void refusesPairsThatWouldReadOutsideATable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reranker.score(List.of(pair(2, 3), pair(2, 800))))
                .withMessage("pair 1 has token id 800, expected 0 to 799");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reranker.score(List.of(pair(-1))))
                .withMessage("pair 0 has token id -1, expected 0 to 799");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reranker.score(List.of(pair())))
                .withMessage("pair 0 has 0 tokens, expected 1 to 128");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reranker.score(List.of(pair(new int[129]))))
                .withMessage("pair 0 has 129 tokens, expected 1 to 128");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reranker.score(List.of(new EncodedPair(new int[] {2}, new int[] {2}, false))))
                .withMessage("pair 0 has segment id 2, expected 0 to 1");
    }

    private static EncodedPair pair(int... ids) {
        return new EncodedPair(ids, new int[0], false);
    }

    @Test
    void readsSegmentIds() {
        EncodedPair one = new EncodedPair(new int[] {2, 40, 3, 41, 3}, new int[] {0, 0, 0, 1, 1}, false);
        EncodedPair other = new EncodedPair(one.ids(), new int[] {0, 0, 0, 0, 0}, false);

        float[] scores = reranker.score(List.of(one, other, pair(one.ids())));

        assertThat(scores[1]).isCloseTo(scores[2], ROUNDING).isNotCloseTo(scores[0], within(0.01f));
    }

    @Test
    void closesOnceAndForAll() {
        EncodedPair pair = pair(2, 3);

        reranker.close();
        reranker.close();

        assertThatIllegalStateException().isThrownBy(() -> reranker.score(List.of(pair)));
        assertThatIllegalStateException().isThrownBy(() -> reranker.encode("query", List.of("document")));
    }
}
