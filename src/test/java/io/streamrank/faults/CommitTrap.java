package io.streamrank.faults;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits in a proxy for the next commit of one client, and holds either the request or its answer until told what to do
 * with it. While a request is held, the transaction's records and offsets are all written and its end is open.
 */
final class CommitTrap {
    /** What of the commit is held. */
    enum Part {
        REQUEST,
        ANSWER
    }

    private static final long PATIENCE_SECONDS = 120;

    private final String client;
    private final Part part;
    private final AtomicBoolean armed = new AtomicBoolean(true);
    private final CountDownLatch caught = new CountDownLatch(1);
    private final CountDownLatch decided = new CountDownLatch(1);
    private volatile boolean delivered;

    CommitTrap(String client, Part part) {
        this.client = client;
        this.part = part;
    }

    /** Whether this is what the trap waits for; it snaps once. */
    boolean takes(KafkaRequest request, Part offered) {
        return offered == part && request.commits() && request.client().equals(client) && armed.getAndSet(false);
    }

    /** Holds what was caught, on the proxy's thread: returns whether it may go on its way. */
    boolean hold() throws InterruptedException {
        caught.countDown();
        decided.await();
        return delivered;
    }

    void awaitCaught() throws InterruptedException {
        if (!caught.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(client + " has committed nothing for " + PATIENCE_SECONDS + " s");
        }
    }

    /** Lets what was caught go on its way, however late. */
    void deliver() {
        delivered = true;
        decided.countDown();
    }

    /** Loses what was caught, and with it the connection. */
    void lose() {
        decided.countDown();
    }
}
