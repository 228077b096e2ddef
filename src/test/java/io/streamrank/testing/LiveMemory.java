package io.streamrank.testing;

import java.lang.management.ManagementFactory;

/** What is on the heap and still in use. */
public final class LiveMemory {
    private static final int COLLECTIONS = 3;

    private LiveMemory() {}

    /** Bytes, after garbage has been collected. */
    public static long bytes() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.sleep(50);
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
