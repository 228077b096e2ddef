package io.streamrank.ingest;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Exponential waiting with jitter, up to ten seconds. */
public final class Backoff {
    private static final long MAX_MILLIS = 10_000;

    private long millis;

    /** @param first the longest first wait; each may be twice as long as the one before */
    public Backoff(Duration first) {
        this.millis = first.toMillis();
    }

    /** Waits for the next time. */
    public void sleep() throws InterruptedException {
        Thread.sleep(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
        millis = Math.min(millis * 2, MAX_MILLIS);
    }
}
