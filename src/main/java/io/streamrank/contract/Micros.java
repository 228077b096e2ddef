package io.streamrank.contract;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Durations as events hold them: whole microseconds. */
final class Micros {
    private Micros() {}

    static long of(Duration duration) {
        return TimeUnit.MICROSECONDS.convert(duration);
    }

    static List<Long> of(List<Duration> durations) {
        return durations.stream().map(Micros::of).toList();
    }

    static Duration duration(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }

    static List<Duration> durations(List<Long> micros) {
        return micros.stream().map(Micros::duration).toList();
    }
}
