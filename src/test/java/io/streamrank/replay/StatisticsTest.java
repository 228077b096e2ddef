package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.replay.Bootstrap.Interval;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** Tests, intervals and corrections. */
class StatisticsTest {
    private static final double TINY = 1e-12;

    @Test
    void aTestOfFewDifferencesTriesAllSigns() {
        // All positive: of the 2^5 ways only all plus and all minus are as extreme.
        assertThat(PairedTest.pValue(new double[] {0.1, 0.2, 0.3, 0.4, 0.5}, 1, 1))
                .isEqualTo(2.0 / 32);
        // |sum| = 2: reached by 3 of 4 signs the same either way, and beyond by all four.
        assertThat(PairedTest.pValue(new double[] {1, 1, 1, -1}, 1, 1)).isEqualTo((2 * 4 + 2) / 16.0);
    }

    @Test
    void differencesOfNothingChangeNothing() {
        assertThat(PairedTest.pValue(new double[] {0, 0, 0}, 10, 1)).isEqualTo(1);
        assertThat(PairedTest.pValue(new double[0], 10, 1)).isEqualTo(1);
        assertThat(PairedTest.pValue(new double[] {0, 0.2, 0, 0.3}, 10, 1)).isEqualTo(0.5);
    }

    @Test
    void aTestIsTwoSided() {
        double[] differences = {0.3, -0.1, 0.2, 0.25, 0.05, -0.02, 0.4};

        assertThat(PairedTest.pValue(differences, 1, 1))
                .isEqualTo(PairedTest.pValue(
                        DoubleStream.of(differences).map(d -> -d).toArray(), 1, 1));
    }

    @Test
    void aSampledTestComesNearTheExactOne() {
        // 20 differences of size 1, 15 of them positive: binomial, P(|sum| >= 10) = 2 * P(X >= 15) = 0.041389…
        double[] differences = new double[20];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = i < 15 ? 1 : -1;
        }

        assertThat(PairedTest.pValue(differences, 100_000, 7)).isCloseTo(0.0413895, within(0.003));
        assertThat(PairedTest.pValue(differences, 1_000, 7)).isEqualTo(PairedTest.pValue(differences, 1_000, 7));
        assertThat(PairedTest.pValue(differences, 1_000, 7)).isNotEqualTo(PairedTest.pValue(differences, 1_000, 8));
    }

    @Test
    void moreThanALongOfSignsAreDrawn() {
        double[] differences = new double[200];
        Arrays.fill(differences, 0.01);

        assertThat(PairedTest.pValue(differences, 999, 7)).isEqualTo(1.0 / 1000);
    }

    @Test
    void falseAlarmsAreAsRareAsTheLevelSays() {
        Random random = new Random(11);
        int alarms = 0;
        int trials = 1_000;
        for (int i = 0; i < trials; i++) {
            double[] differences = random.doubles(12, -1, 1).toArray();
            alarms += PairedTest.pValue(differences, 1, 1) <= 0.05 ? 1 : 0;
        }

        assertThat((double) alarms / trials).isCloseTo(0.05, within(0.025));
    }

    @Test
    void anIntervalComesNearTheNormalOneOfManyValues() {
        double[] values = new Random(3).doubles(400).toArray();
        double mean = DoubleStream.of(values).average().orElseThrow();
        double deviation = Math.sqrt(
                DoubleStream.of(values).map(v -> (v - mean) * (v - mean)).sum() / values.length);
        double half = 1.96 * deviation / Math.sqrt(values.length);

        Interval interval = Bootstrap.mean(values, 5_000, 5);

        assertThat(interval.low()).isCloseTo(mean - half, within(half / 8));
        assertThat(interval.high()).isCloseTo(mean + half, within(half / 8));
        assertThat(Bootstrap.mean(values, 5_000, 5)).isEqualTo(interval);
    }

    @Test
    void anIntervalOfEqualValuesIsAPoint() {
        assertThat(Bootstrap.mean(new double[] {0.5, 0.5}, 100, 1)).isEqualTo(new Interval(0.5, 0.5));
        assertThatThrownBy(() -> Bootstrap.mean(new double[0], 100, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void holmStepsDown() {
        assertThat(Holm.correct(new double[] {0.01, 0.04, 0.03, 0.005}))
                .containsExactly(new double[] {0.03, 0.06, 0.06, 0.02}, within(TINY));
        assertThat(Holm.correct(new double[] {0.6, 0.7})).containsExactly(1, 1);
        assertThat(Holm.correct(new double[] {0.02})).containsExactly(0.02);
        assertThat(Holm.correct(new double[0])).isEmpty();
    }

    @Test
    void quantilesAreInterpolated() {
        double[] sorted = {1, 2, 4};

        assertThat(Quantiles.of(sorted, 0)).isEqualTo(1);
        assertThat(Quantiles.of(sorted, 0.5)).isEqualTo(2);
        assertThat(Quantiles.of(sorted, 0.75)).isEqualTo(3);
        assertThat(Quantiles.of(sorted, 1)).isEqualTo(4);
        assertThat(Quantiles.of(new double[0], 0.5)).isNaN();
    }
}
