package io.streamrank.testing;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what other threads bring about. */
public final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Eventually() {}

    /** Returns once the condition holds; fails after a minute. */
    public static void await(String what, Callable<Boolean> condition) throws Exception {
        await(what, LIMIT, condition);
    }

    /** Returns once the condition holds; fails when the limit has passed. */
    public static void await(String what, Duration limit, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit.toSeconds() + " s: " + what);
            }
            Thread.sleep(20);
        }
    }
}
