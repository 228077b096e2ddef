package io.streamrank.throughput;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the topology could not count as it should, since it began. Thread-safe. */
final class Counters {
    private static final Logger LOG = LoggerFactory.getLogger(Counters.class);

    /** The first of them is worth a line, and then each thousandth. */
    private static final long LOG_INTERVAL = 1_000;

    private final AtomicLong undecodable = new AtomicLong();
    private final AtomicLong late = new AtomicLong();

    void undecodable(String where, String reason) {
        long count = undecodable.incrementAndGet();
        if (count % LOG_INTERVAL == 1) {
            LOG.warn("{} holds no statistics: {} ({} such records so far)", where, reason, count);
        }
    }

    void late(String where, String window) {
        long count = late.incrementAndGet();
        if (count % LOG_INTERVAL == 1) {
            LOG.warn(
                    "{} came too late for its window of {} and is counted as late in the current one"
                            + " ({} such records so far; see streamrank.throughput.grace)",
                    where,
                    window,
                    count);
        }
    }

    long undecodable() {
        return undecodable.get();
    }

    long late() {
        return late.get();
    }
}
