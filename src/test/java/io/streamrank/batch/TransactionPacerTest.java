package io.streamrank.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TransactionPacerTest {
    private final TransactionPacer pacer = new TransactionPacer(Duration.ofMillis(500), 10_000);

    @Test
    void startsWithTheLeast() {
        assertThat(pacer.budgetChars()).isEqualTo(10_000);
    }

    @Test
    void carriesWhatTheTargetTimeHolds() {
        pacer.scored(1_000_000, Duration.ofSeconds(1));

        assertThat(pacer.budgetChars()).isEqualTo(500_000);
    }

    @Test
    void neverCarriesLessThanAForwardPass() {
        pacer.scored(10, Duration.ofSeconds(1));

        assertThat(pacer.budgetChars()).isEqualTo(10_000);
    }

    @Test
    void followsAChangeOfSpeed() {
        pacer.scored(1_000_000, Duration.ofSeconds(1));
        for (int i = 0; i < 30; i++) {
            pacer.scored(2_000_000, Duration.ofSeconds(1));
        }

        assertThat(pacer.budgetChars()).isBetween(990_000L, 1_000_000L);
    }

    @Test
    void ignoresAnEmptyMeasurement() {
        pacer.scored(0, Duration.ofSeconds(1));
        pacer.scored(100, Duration.ZERO);

        assertThat(pacer.budgetChars()).isEqualTo(10_000);
    }
}
