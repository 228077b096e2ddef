package io.streamrank.ingest;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** When the poll loop last came round, and since when the device has been computing. Thread-safe. */
final class Heartbeats {
    private final LongSupplier nanoTime;
    private volatile long polled;
    private final Set<Pass> passes = ConcurrentHashMap.newKeySet();

    Heartbeats(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.polled = nanoTime.getAsLong();
    }

    /** A pass under way. */
    private static final class Pass {
        private final long since;

        Pass(long since) {
            this.since = since;
        }
    }

    void polled() {
        polled = nanoTime.getAsLong();
    }

    /** Runs a call into the device under watch. */
    <T> T inPass(Supplier<T> pass) {
        Pass begun = new Pass(nanoTime.getAsLong());
        passes.add(begun);
        try {
            return pass.get();
        } finally {
            passes.remove(begun);
        }
    }

    Duration sincePoll() {
        return Duration.ofNanos(nanoTime.getAsLong() - polled);
    }

    /** How long the pass that takes longest has taken by now; zero where there is none. */
    Duration inPass() {
        long now = nanoTime.getAsLong();
        long longest = 0;
        for (Pass pass : passes) {
            longest = Math.max(longest, now - pass.since);
        }
        return Duration.ofNanos(longest);
    }
}
