package io.streamrank.streams;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class ThreadFailuresTest {
    private final List<Throwable> ends = new ArrayList<>();
    private long now;
    private final ThreadFailures failures = new ThreadFailures("Testing", ThreadFailures.WITHIN, () -> now, ends::add);

    @Test
    void replacesAThreadUntilItFailsTooOften() {
        for (int i = 0; i < ThreadFailures.REPLACEMENTS_MAX; i++) {
            assertThat(failures.handle(passing())).isEqualTo(REPLACE_THREAD);
        }
        RuntimeException last = passing();

        assertThat(failures.handle(last)).isEqualTo(SHUTDOWN_CLIENT);
        assertThat(ends).containsExactly(last);
    }

    @Test
    void forgetsFailuresOfLongAgo() {
        for (int i = 0; i < 10 * ThreadFailures.REPLACEMENTS_MAX; i++) {
            now += ThreadFailures.WITHIN.toNanos() / ThreadFailures.REPLACEMENTS_MAX;

            assertThat(failures.handle(passing())).isEqualTo(REPLACE_THREAD);
        }
        assertThat(ends).isEmpty();
    }

    @Test
    void endsAtOnceWhereTheMachineItselfFails() {
        assertThat(failures.handle(new StreamsException(new OutOfMemoryError("heap"))))
                .isEqualTo(SHUTDOWN_CLIENT);
        assertThat(ends).hasSize(1);
    }

    private static RuntimeException passing() {
        return new StreamsException(new TimeoutException("no broker"));
    }
}
