package io.streamrank.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenCapTest {
    private static final BatchPolicy WANTED = new BatchPolicy(1_000, 50);

    private final TokenCap cap = new TokenCap();

    @Test
    void limitsNothingAtFirst() {
        assertThat(cap.limit(WANTED)).isEqualTo(WANTED);
    }

    @Test
    void halvesWhatDidNotFit() {
        cap.ranOut(800);

        assertThat(cap.limit(WANTED)).isEqualTo(new BatchPolicy(400, 50));
        cap.ranOut(300);
        assertThat(cap.limit(WANTED)).isEqualTo(new BatchPolicy(150, 50));
    }

    @Test
    void staysWhereAPassPlannedBeforeRanOutToo() {
        cap.ranOut(200);
        cap.ranOut(200);
        cap.ranOut(5_000);

        assertThat(cap.limit(WANTED).maxBatchTokens()).isEqualTo(100);
    }

    @Test
    void neverFallsToNothing() {
        for (int i = 0; i < 40; i++) {
            cap.ranOut(1);
        }

        assertThat(cap.limit(WANTED).maxBatchTokens()).isEqualTo(1);
    }

    @Test
    void growsSlowlyWhereLargePassesFit() {
        cap.ranOut(800);

        hold(TokenCap.PASSES_BEFORE_GROWTH - 1, 400);
        assertThat(cap.limit(WANTED).maxBatchTokens()).isEqualTo(400);
        hold(1, 400);

        assertThat(cap.limit(WANTED).maxBatchTokens()).isEqualTo(450);
        hold(100 * TokenCap.PASSES_BEFORE_GROWTH, 1_000);
        assertThat(cap.limit(WANTED)).isEqualTo(WANTED);
    }

    @Test
    void doesNotGrowBySmallPasses() {
        cap.ranOut(800);

        hold(10 * TokenCap.PASSES_BEFORE_GROWTH, 199);

        assertThat(cap.limit(WANTED).maxBatchTokens()).isEqualTo(400);
    }

    private void hold(int passes, int tokens) {
        for (int i = 0; i < passes; i++) {
            cap.held(tokens);
        }
    }
}
