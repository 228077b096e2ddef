package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class RankCorrelationTest {
    private static final Offset<Double> ROUNDING = within(1e-12);

    private final Random random = new Random(3);

    @Test
    void isOneForTheSameOrderAndMinusOneForTheReverse() {
        double[] scores = {3, -1, 8, 2.5};
        double[] squeezed = {0.6, 0.1, 0.9, 0.5};
        double[] reversed = {-3, 1, -8, -2.5};

        assertThat(RankCorrelation.spearman(scores, squeezed)).isCloseTo(1, ROUNDING);
        assertThat(RankCorrelation.kendall(scores, squeezed)).isCloseTo(1, ROUNDING);
        assertThat(RankCorrelation.spearman(scores, reversed)).isCloseTo(-1, ROUNDING);
        assertThat(RankCorrelation.kendall(scores, reversed)).isCloseTo(-1, ROUNDING);
    }

    /** By hand: ranks 1 2.5 2.5 4 5 against 2 1 3 4.5 4.5; of ten pairs 7 agree, 1 disagrees, one is tied in each. */
    @Test
    void sharesTheRanksOfTies() {
        double[] a = {1, 2, 2, 3, 4};
        double[] b = {20, 10, 30, 40, 40};

        assertThat(RankCorrelation.spearman(a, b)).isCloseTo(7.5 / 9.5, ROUNDING);
        assertThat(RankCorrelation.kendall(a, b)).isCloseTo(6 / 9.0, ROUNDING);
    }

    @Test
    void isUndefinedWhereThereIsNoOrder() {
        for (double[] scores : new double[][] {{}, {1}, {2, 2, 2}}) {
            double[] other = new double[scores.length];
            for (int i = 0; i < other.length; i++) {
                other[i] = i;
            }
            assertThat(RankCorrelation.spearman(scores, other)).isNaN();
            assertThat(RankCorrelation.kendall(scores, other)).isNaN();
        }
    }

    @Test
    void refusesListsOfDifferentLength() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RankCorrelation.kendall(new double[2], new double[3]))
                .withMessage("2 scores against 3");
    }

    @RepeatedTest(50)
    void countsPairsAsTheDefinitionDoes() {
        int n = 2 + random.nextInt(40);
        double[] a = random.ints(n, 0, 12).asDoubleStream().toArray();
        double[] b = random.ints(n, 0, 12).asDoubleStream().toArray();
        double agreement = 0;
        double untiedA = 0;
        double untiedB = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                agreement += Math.signum(a[i] - a[j]) * Math.signum(b[i] - b[j]);
                untiedA += a[i] == a[j] ? 0 : 1;
                untiedB += b[i] == b[j] ? 0 : 1;
            }
        }
        double[] before = a.clone();

        double tau = RankCorrelation.kendall(a, b);

        double expected = agreement / Math.sqrt(untiedA * untiedB);
        assertThat(tau).satisfies(value -> {
            if (Double.isNaN(expected)) {
                assertThat(value).isNaN();
            } else {
                assertThat(value).isCloseTo(expected, ROUNDING);
            }
        });
        assertThat(a).isEqualTo(before);
    }
}
