package io.streamrank.cli;

import io.quarkus.logging.LoggingFilter;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * Lets a warning through once in a while only: without it, a cluster that is away fills the log with the same line ten
 * times a second. Named in {@code application.properties}.
 */
@LoggingFilter(name = "repeated-warnings")
public final class RepeatedWarnings implements Filter {
    /** How long the same warning is kept back. */
    static final long INTERVAL_NANOS = 30_000_000_000L;

    /** Texts remembered; when there are more, all are forgotten. */
    static final int REMEMBERED_MAX = 1_000;

    private final LongSupplier nanoClock;
    private final Map<String, Long> shownAt = new HashMap<>();

    public RepeatedWarnings() {
        this(System::nanoTime);
    }

    RepeatedWarnings(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    @Override
    public synchronized boolean isLoggable(LogRecord record) {
        if (record.getLevel().intValue() != Level.WARNING.intValue() || record.getThrown() != null) {
            return true;
        }
        long now = nanoClock.getAsLong();
        String key = record.getLoggerName() + " " + text(record);
        Long before = shownAt.get(key);
        if (before != null && now - before < INTERVAL_NANOS) {
            return false;
        }
        if (shownAt.size() >= REMEMBERED_MAX) {
            shownAt.clear();
        }
        shownAt.put(key, now);
        return true;
    }

    private static String text(LogRecord record) {
        return record instanceof org.jboss.logmanager.ExtLogRecord extended
                ? extended.getFormattedMessage()
                : String.valueOf(record.getMessage());
    }
}
