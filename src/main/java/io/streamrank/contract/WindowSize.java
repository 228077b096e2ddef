package io.streamrank.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** How long the windows are over which throughput is added up. They begin at whole multiples since 1970, and don't overlap. */
public enum WindowSize {
    /** For who watches. */
    TEN_SECONDS("10s", Duration.ofSeconds(10)),
    /** For dashboards and alerts. */
    MINUTE("1m", Duration.ofMinutes(1)),
    /** For cost and capacity. */
    HOUR("1h", Duration.ofHours(1));

    private final String word;
    private final Duration duration;

    WindowSize(String word, Duration duration) {
        this.word = word;
        this.duration = duration;
    }

    /** How keys, options and answers call it: {@code 10s}, {@code 1m}, {@code 1h}. */
    public String word() {
        return word;
    }

    /** How long such a window is. */
    public Duration duration() {
        return duration;
    }

    /** When the window begins that holds this moment. */
    public Instant startOf(Instant time) {
        long millis = duration.toMillis();
        return Instant.ofEpochMilli(Math.floorDiv(time.toEpochMilli(), millis) * millis);
    }

    /** The size of this {@link #word}; empty for any other. */
    public static Optional<WindowSize> of(String word) {
        return Stream.of(values()).filter(size -> size.word.equals(word)).findFirst();
    }

    /** The size of this duration; empty for any other. */
    public static Optional<WindowSize> of(Duration duration) {
        return Stream.of(values())
                .filter(size -> size.duration.equals(duration))
                .findFirst();
    }
}
