package io.streamrank.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Latency;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencySketchTest {
    private static final int TIMES = 20_000;

    private final Random random = new Random(5);

    @Test
    void quantilesAreAtMostAHundredTwentyEighthAboveTheExactOnes() {
        long[] micros =
                random.doubles(TIMES).mapToLong(x -> (long) Math.exp(x * 18)).toArray();

        Latency latency = LatencySketch.plus(Latency.NONE, durations(micros));

        Arrays.sort(micros);
        assertNear(latency.p50(), exact(micros, 0.50));
        assertNear(latency.p90(), exact(micros, 0.90));
        assertNear(latency.p99(), exact(micros, 0.99));
        assertThat(latency.max()).isEqualTo(duration(micros[TIMES - 1]));
        assertThat(latency.count()).isEqualTo(TIMES);
        assertThat(latency.sum()).isEqualTo(duration(Arrays.stream(micros).sum()));
    }

    @Test
    void mergingIsTheSameAsAddingUpAtOnceInAnyOrder() {
        long[] micros = random.longs(3_000, 0, 90_000_000).toArray();
        Latency first = LatencySketch.plus(Latency.NONE, durations(Arrays.copyOfRange(micros, 0, 1_000)));
        Latency second = LatencySketch.plus(Latency.NONE, durations(Arrays.copyOfRange(micros, 1_000, 1_010)));
        Latency third = LatencySketch.plus(Latency.NONE, durations(Arrays.copyOfRange(micros, 1_010, 3_000)));

        Latency atOnce = LatencySketch.plus(Latency.NONE, durations(micros));

        assertThat(LatencySketch.merged(first, LatencySketch.merged(second, third)))
                .isEqualTo(atOnce);
        assertThat(LatencySketch.merged(LatencySketch.merged(third, first), second))
                .isEqualTo(atOnce);
        assertThat(LatencySketch.merged(atOnce, Latency.NONE)).isEqualTo(atOnce);
    }

    @Test
    void aTimeOfManyRequestsCountsForEach() {
        Duration time = Duration.ofMillis(20);

        assertThat(LatencySketch.plus(Latency.NONE, time, 3))
                .isEqualTo(LatencySketch.plus(Latency.NONE, List.of(time, time, time)));
        assertThat(LatencySketch.plus(Latency.NONE, time, 0)).isEqualTo(Latency.NONE);
    }

    @Test
    void timesThatNoClockCanHaveMeasuredStayInBounds() {
        Latency latency = LatencySketch.plus(
                Latency.NONE, List.of(Duration.ofMillis(-5), Duration.ofDays(400), Duration.ofSeconds(Long.MAX_VALUE)));

        assertThat(latency.count()).isEqualTo(3);
        assertThat(latency.max()).isEqualTo(Duration.ofDays(1));
        assertThat(latency.sum()).isEqualTo(Duration.ofDays(2));
        assertThat(latency.buckets()).hasSize(2);
        assertThat(LatencySketch.merged(latency, latency).count()).isEqualTo(6);
    }

    @Test
    void anHistogramOfASteadyLoadIsSmall() {
        long[] micros = random.doubles(TIMES)
                .mapToLong(x -> (long) (20_000 + 10_000 * x))
                .toArray();

        assertThat(LatencySketch.plus(Latency.NONE, durations(micros)).buckets())
                .hasSizeLessThan(100);
    }

    private static void assertNear(Duration actual, Duration exact) {
        assertThat(actual)
                .isGreaterThanOrEqualTo(exact)
                .isLessThanOrEqualTo(exact.plus(exact.dividedBy(128)).plus(1, ChronoUnit.MICROS));
    }

    /** By nearest rank. */
    private static Duration exact(long[] sorted, double share) {
        return duration(sorted[(int) Math.ceil(share * sorted.length) - 1]);
    }

    private static List<Duration> durations(long[] micros) {
        List<Duration> durations = new ArrayList<>();
        for (long time : micros) {
            durations.add(duration(time));
        }
        return durations;
    }

    private static Duration duration(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }
}
