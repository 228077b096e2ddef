package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchdogTest {
    private static final Duration TIMEOUT = Duration.ofMillis(40);

    private final AtomicLong now = new AtomicLong();
    private final Heartbeats heartbeats = new Heartbeats(now::get);
    private final CountDownLatch told = new CountDownLatch(1);
    private final List<String> messages = new CopyOnWriteArrayList<>();

    @Test
    void tellsOfAPassThatDoesNotComeBack() {
        try (Watchdog watchdog = watchdog()) {
            watchdog.start();
            heartbeats.inPass(() -> {
                now.addAndGet(TIMEOUT.toNanos());
                return awaitTold(Duration.ofSeconds(30));
            });
        }

        assertThat(messages).singleElement().asString().contains("streamrank.limits.device-timeout");
    }

    @Test
    void doesNotMindManyPassesThatComeBack() throws Exception {
        try (Watchdog watchdog = watchdog()) {
            watchdog.start();
            for (int pass = 0; pass < 20; pass++) {
                heartbeats.inPass(() -> now.addAndGet(TIMEOUT.toNanos() - 1));
                Thread.sleep(10);
            }
        }

        assertThat(messages).isEmpty();
        assertThat(heartbeats.inPass()).isZero();
    }

    @Test
    void aPassThatFailsIsOver() {
        try {
            heartbeats.inPass(() -> {
                throw new IllegalStateException("broken");
            });
        } catch (IllegalStateException e) {
            now.addAndGet(TIMEOUT.toNanos());
        }

        assertThat(heartbeats.inPass()).isZero();
    }

    private Watchdog watchdog() {
        return new Watchdog(heartbeats, TIMEOUT, hung -> {
            messages.add(hung.getMessage());
            told.countDown();
        });
    }

    private boolean awaitTold(Duration patience) {
        try {
            return told.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
