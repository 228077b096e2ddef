package io.streamrank.ingest;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** When the poll loop last came round, and since when the device has been computing. Thread-safe, for one scoring thread. */
final class Heartbeats {
    private static final long IDLE = Long.MIN_VALUE;

    private final LongSupplier nanoTime;
    private volatile long polled;
    private volatile long passSince = IDLE;

    Heartbeats(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.polled = nanoTime.getAsLong();
    }

    void polled() {
        polled = nanoTime.getAsLong();
    }

    /** Runs a call into the device under watch. */
    <T> T inPass(Supplier<T> pass) {
        passSince = nanoTime.getAsLong();
        try {
            return pass.get();
        } finally {
            passSince = IDLE;
        }
    }

    Duration sincePoll() {
        return Duration.ofNanos(nanoTime.getAsLong() - polled);
    }

    /** How long the present pass has taken; zero where there is none. */
    Duration inPass() {
        long since = passSince;
        return since == IDLE ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - since);
    }
}
