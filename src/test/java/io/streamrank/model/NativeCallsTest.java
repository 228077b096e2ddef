package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NativeCallsTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Executor DAEMONS = task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    };

    private final NativeCalls calls = new NativeCalls();
    private final CountDownLatch begun = new CountDownLatch(2);
    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void theEndWaitsForCallsThatRunBesideEachOther() throws Exception {
        CompletableFuture<Integer> first = callInAnotherThread();
        CompletableFuture<Integer> second = callInAnotherThread();
        begun.await();

        assertThat(calls.end(SHORT)).isFalse();
        release.countDown();
        assertThat(calls.end(LONG)).isTrue();
        assertThat(first).succeedsWithin(LONG).isEqualTo(1);
        assertThat(second).succeedsWithin(LONG).isEqualTo(1);
    }

    @Test
    void noneBeginsAfterTheEnd() throws Exception {
        release.countDown();

        assertThat(calls.end(LONG)).isTrue();
        CompletableFuture<Integer> late = callInAnotherThread();
        Thread.sleep(SHORT.toMillis());

        assertThat(late).isNotDone();
        assertThat(begun.getCount()).isEqualTo(2);
    }

    private CompletableFuture<Integer> callInAnotherThread() {
        return CompletableFuture.supplyAsync(() -> calls.make(this::call), DAEMONS);
    }

    private int call() {
        begun.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return 1;
    }
}
