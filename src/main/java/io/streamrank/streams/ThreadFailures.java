package io.streamrank.streams;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a topology whose thread has failed. A new thread takes over, for most failures pass, as a broker's
 * absence; nothing is lost or doubled, for what was not committed is undone. Where that happens too often, or the JVM
 * itself is in trouble, the topology ends. Failures of long ago are forgotten.
 */
public final class ThreadFailures implements StreamsUncaughtExceptionHandler {
    /** How many failures are borne within the time. */
    public static final int REPLACEMENTS_MAX = 5;

    /** The time, where no other is set. */
    public static final Duration WITHIN = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(ThreadFailures.class);

    private final String doing;
    private final Duration within;
    private final LongSupplier nanoClock;
    private final Consumer<Throwable> onEnd;
    private final Deque<Long> recent = new ArrayDeque<>();

    /**
     * @param doing what the topology does, for the log
     * @param within after which time a failure is forgotten
     * @param onEnd told of the failure that ends the topology
     */
    public ThreadFailures(String doing, Duration within, LongSupplier nanoClock, Consumer<Throwable> onEnd) {
        this.doing = doing;
        this.within = within;
        this.nanoClock = nanoClock;
        this.onEnd = onEnd;
    }

    @Override
    public synchronized StreamThreadExceptionResponse handle(Throwable failure) {
        long now = nanoClock.getAsLong();
        while (!recent.isEmpty() && now - recent.getFirst() >= within.toNanos()) {
            recent.removeFirst();
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof Error || recent.size() >= REPLACEMENTS_MAX) {
            LOG.error(
                    "{} ends, after {} failures within {} s: {}",
                    doing,
                    recent.size() + 1,
                    within.toSeconds(),
                    root.toString(),
                    failure);
            onEnd.accept(failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        recent.addLast(now);
        LOG.warn("{} failed and is tried again: {}", doing, root.toString());
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
}
