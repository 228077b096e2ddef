package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RankBiasedOverlapTest {
    private static final double TINY = 1e-12;

    @Test
    void isOneForTheSameRankingHoweverShort() {
        assertThat(RankBiasedOverlap.of(List.of("a", "b", "c"), List.of("a", "b", "c"), 0.9))
                .isCloseTo(1, within(TINY));
        assertThat(RankBiasedOverlap.of(List.of("a"), List.of("a"), 0.5)).isCloseTo(1, within(TINY));
        assertThat(RankBiasedOverlap.of(List.of(), List.of(), 0.9)).isEqualTo(1);
    }

    @Test
    void isExactlyOneForTheSameRankingHoweverLong() {
        for (int length = 1; length <= 200; length++) {
            List<String> ranking =
                    IntStream.range(0, length).mapToObj(i -> "d" + i).toList();

            assertThat(RankBiasedOverlap.of(ranking, List.copyOf(ranking), 0.9)).isEqualTo(1);
        }
    }

    @Test
    void isZeroWhereNothingIsShared() {
        assertThat(RankBiasedOverlap.of(List.of("a", "b"), List.of("c", "d"), 0.9))
                .isZero();
        assertThat(RankBiasedOverlap.of(List.of("a", "b"), List.of(), 0.9)).isZero();
    }

    @Test
    void followsEquation23WhereTheListsAreEquallyLong() {
        // Agreements: 0, 1, 2/3, 1.
        double p = 0.8;
        double seen = (1 - p) / p * (p * p + 2.0 / 3 * Math.pow(p, 3) + Math.pow(p, 4));

        assertThat(RankBiasedOverlap.of(List.of("a", "b", "c", "d"), List.of("b", "a", "d", "c"), p))
                .isCloseTo(seen + Math.pow(p, 4), within(TINY));
    }

    @Test
    void followsEquation32WhereOneEndsEarlier() {
        // Overlaps of (a, b) and (b, c, a, d): 0, 1, 2, 2; the shorter ends at depth 2 with one shared.
        double p = 0.9;
        double overlaps = 1 / 2.0 * Math.pow(p, 2) + 2 / 3.0 * Math.pow(p, 3) + 2 / 4.0 * Math.pow(p, 4);
        double below = 1.0 * (3 - 2) / (2 * 3) * Math.pow(p, 3) + 1.0 * (4 - 2) / (2 * 4) * Math.pow(p, 4);
        double expected = (1 - p) / p * (overlaps + below) + ((2 - 1) / 4.0 + 1 / 2.0) * Math.pow(p, 4);

        assertThat(RankBiasedOverlap.of(List.of("a", "b"), List.of("b", "c", "a", "d"), p))
                .isCloseTo(expected, within(TINY));
        assertThat(RankBiasedOverlap.of(List.of("b", "c", "a", "d"), List.of("a", "b"), p))
                .isCloseTo(expected, within(TINY));
    }

    @Test
    void aSwapAtTheTopCountsMoreThanOneBelow() {
        List<String> ranking = List.of("a", "b", "c", "d", "e");

        assertThat(RankBiasedOverlap.of(ranking, List.of("b", "a", "c", "d", "e"), 0.9))
                .isLessThan(RankBiasedOverlap.of(ranking, List.of("a", "b", "c", "e", "d"), 0.9));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.1, 1.1, Double.NaN})
    void refusesAnImpossibleP(double p) {
        assertThatThrownBy(() -> RankBiasedOverlap.of(List.of(), List.of(), p))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("between 0 and 1");
    }

    @Test
    void refusesADocumentThatComesTwice() {
        assertThatThrownBy(() -> RankBiasedOverlap.of(List.of("a", "a"), List.of("a", "b"), 0.9))
                .hasMessage("a ranking names a twice");
    }
}
