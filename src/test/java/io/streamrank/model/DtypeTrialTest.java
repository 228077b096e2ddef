package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Scorers that are as fast and as exact as the test says, on a clock of the test's own. */
class DtypeTrialTest {
    private static final double MILLIS_A_TOKEN = 0.1;

    /** 10 to 57 tokens each; the first id is the score. */
    private final List<EncodedPair> pairs = IntStream.range(0, 48)
            .mapToObj(i -> {
                int[] ids = new int[10 + i];
                ids[0] = 1000 * (i * 31 % 48);
                return new EncodedPair(ids, new int[0], false, ids.length / 2);
            })
            .toList();

    private long now;
    private int calls;

    @Test
    void takesBfloat16WhereItIsFasterAndNearEnough() {
        DtypeTrial.Verdict verdict = trial(side(1, UnaryOperator.identity()), side(1 / 1.5, off(100)));

        assertThat(verdict.dtype()).isEqualTo(Dtype.BFLOAT16);
        assertThat(verdict.report())
                .startsWith(
                        "bfloat16: float32 reads 10,000 tokens/s, bfloat16 15,000; in the median pass 1.50 times as many")
                .contains("0.21% of their spread")
                .contains("rank correlation of 1.00000");
    }

    @Test
    void keepsFloat32WhereBfloat16IsHardlyFaster() {
        assertThat(trial(side(1, UnaryOperator.identity()), side(1 / 1.19, UnaryOperator.identity()))
                        .dtype())
                .isEqualTo(Dtype.FLOAT32);
        assertThat(trial(side(1, UnaryOperator.identity()), side(3, UnaryOperator.identity()))
                        .dtype())
                .isEqualTo(Dtype.FLOAT32);
    }

    @Test
    void keepsFloat32WhereScoresAreTooFarOff() {
        // 2% of a spread of 47,000 are 940.
        assertThat(trial(side(1, UnaryOperator.identity()), side(0.5, off(930))).dtype())
                .isEqualTo(Dtype.BFLOAT16);
        assertThat(trial(side(1, UnaryOperator.identity()), side(0.5, off(950))).dtype())
                .isEqualTo(Dtype.FLOAT32);
    }

    @Test
    void keepsFloat32WhereTheOrderIsAnother() {
        // Each pair changes places with its neighbour, though no score moves by more than a few thousandths.
        UnaryOperator<float[]> swapped = scores -> {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = 1_000_000 * (int) (scores[i] / 24_000) + (((int) scores[i] / 1000) ^ 1);
            }
            return scores;
        };
        UnaryOperator<float[]> unswapped = scores -> {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = 1_000_000 * (int) (scores[i] / 24_000) + (int) scores[i] / 1000;
            }
            return scores;
        };

        DtypeTrial.Verdict verdict = trial(side(1, unswapped), side(0.5, swapped));

        assertThat(verdict.dtype()).isEqualTo(Dtype.FLOAT32);
        assertThat(verdict.report()).contains("0.00% of their spread").contains("rank correlation of 0.99739");
    }

    @Test
    void keepsFloat32WhereScoresAreNoNumbers() {
        UnaryOperator<float[]> lost = scores -> {
            scores[0] = Float.NaN;
            return scores;
        };

        assertThat(trial(side(1, UnaryOperator.identity()), side(0.5, lost)).dtype())
                .isEqualTo(Dtype.FLOAT32);
    }

    @Test
    void keepsFloat32WhereAllScoresAreEqual() {
        UnaryOperator<float[]> flat = scores -> new float[scores.length];

        assertThat(trial(side(1, flat), side(0.5, flat)).dtype()).isEqualTo(Dtype.FLOAT32);
    }

    @Test
    void isNotFooledByAFewSlowPasses() {
        Random random = new Random(4);
        DtypeTrial.Side stumbling = pass -> {
            now += random.nextInt(5) == 0 ? TimeUnit.MILLISECONDS.toNanos(500) : 0;
            return side(1, UnaryOperator.identity()).score(pass);
        };

        assertThat(trial(stumbling, side(1, UnaryOperator.identity())).dtype()).isEqualTo(Dtype.FLOAT32);
        assertThat(trial(side(1, UnaryOperator.identity()), side(0.5, UnaryOperator.identity()))
                        .dtype())
                .isEqualTo(Dtype.BFLOAT16);
    }

    @Test
    void keepsFloat32WhereTheMachineIsTooBusyToTell() {
        int[] pass = {0};
        DtypeTrial.Side uneven = batch ->
                side(pass[0]++ % 3 == 0 ? 1.05 : 0.5, UnaryOperator.identity()).score(batch);

        DtypeTrial.Verdict verdict = trial(side(1, UnaryOperator.identity()), uneven);

        assertThat(verdict.dtype()).isEqualTo(Dtype.FLOAT32);
        assertThat(verdict.report()).contains("2.00 times as many");
    }

    @Test
    void endsInTime() {
        // Four passes of some 400 tokens: slow enough for one round and no more, and for not even one.
        assertThat(trial(side(30, UnaryOperator.identity()), side(15, UnaryOperator.identity()))
                        .dtype())
                .isEqualTo(Dtype.BFLOAT16);
        assertThat(calls).isLessThan(2 * 10);

        DtypeTrial.Verdict late = trial(side(100, UnaryOperator.identity()), side(50, UnaryOperator.identity()));

        assertThat(late.dtype()).isEqualTo(Dtype.FLOAT32);
        assertThat(late.report())
                .isEqualTo("float32, as 1,608 tokens were too many to compare it with bfloat16 in 10 s");
    }

    @Test
    void measuresNoMemory() {
        DtypeTrial.Side forgetful = pass -> {
            assertThat(pass).allSatisfy(pair -> assertThat(pair.prefixTokens()).isZero());
            return side(1, UnaryOperator.identity()).score(pass);
        };

        trial(forgetful, forgetful);
    }

    private DtypeTrial.Verdict trial(DtypeTrial.Side float32, DtypeTrial.Side bfloat16) {
        calls = 0;
        return new DtypeTrial(float32, bfloat16, pairs, () -> now).verdict();
    }

    private DtypeTrial.Side side(double slowness, UnaryOperator<float[]> rounding) {
        return pass -> {
            calls++;
            int tokens = pass.stream().mapToInt(EncodedPair::tokens).sum();
            now += (long) (tokens * slowness * MILLIS_A_TOKEN * 1_000_000);
            float[] scores = new float[pass.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = pass.get(i).ids()[0];
            }
            return rounding.apply(scores);
        };
    }

    private static UnaryOperator<float[]> off(float error) {
        return scores -> {
            for (int i = 0; i < scores.length; i++) {
                scores[i] += i % 2 == 0 ? error / 2 : error;
            }
            return scores;
        };
    }
}
