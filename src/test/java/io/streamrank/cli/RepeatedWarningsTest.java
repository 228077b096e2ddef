package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class RepeatedWarningsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final RepeatedWarnings filter = new RepeatedWarnings(nanos::get);

    @Test
    void keepsBackTheSameWarningForAWhile() {
        assertThat(filter.isLoggable(warning("a"))).isTrue();
        assertThat(filter.isLoggable(warning("a"))).isFalse();
        assertThat(filter.isLoggable(warning("b"))).isTrue();

        nanos.addAndGet(RepeatedWarnings.INTERVAL_NANOS);

        assertThat(filter.isLoggable(warning("a"))).isTrue();
    }

    @Test
    void letsEverythingElseThrough() {
        LogRecord thrown = warning("a");
        thrown.setThrown(new IllegalStateException());

        for (int i = 0; i < 2; i++) {
            assertThat(filter.isLoggable(new LogRecord(Level.INFO, "a"))).isTrue();
            assertThat(filter.isLoggable(new LogRecord(Level.SEVERE, "a"))).isTrue();
            assertThat(filter.isLoggable(thrown)).isTrue();
        }
    }

    @Test
    void forgetsRatherThanGrowing() {
        for (int i = 0; i <= RepeatedWarnings.REMEMBERED_MAX; i++) {
            assertThat(filter.isLoggable(warning("w" + i))).isTrue();
        }

        assertThat(filter.isLoggable(warning("w0"))).isTrue();
    }

    private static LogRecord warning(String text) {
        LogRecord warning = new LogRecord(Level.WARNING, text);
        warning.setLoggerName("test");
        return warning;
    }
}
