package io.streamrank.ingest;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * This worker's hold on a partition, from assignment to revocation. Events remember the lease they came under: once it
 * has ended, nothing of theirs may be published any more, for another worker owns the partition.
 *
 * <p>Counts the events that are being scored, so that a revocation can wait for them, and knows what is unanswered.
 * Thread-safe.
 */
final class Lease {
    private static final long UNKNOWN = -1;

    private final TopicPartition partition;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final Deque<Long> timestamps = new ArrayDeque<>();
    private volatile long unread = UNKNOWN;
    private int inFlight;
    private volatile boolean ended;
    private volatile @Nullable ReplayNote replayed;
    private volatile boolean sealed;

    Lease(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Ends the hold; what is still in flight under it will be dropped. */
    void end() {
        ended = true;
    }

    /** Of a replay: what the group has noted of the partition. */
    void replays(ReplayNote note) {
        replayed = note;
    }

    /** What the group has noted of the partition's replay, as far as it is known. */
    @Nullable ReplayNote replayed() {
        return replayed;
    }

    /** Whether it is known where the partition's replay ends. */
    boolean hasEndOffset() {
        return replayed != null;
    }

    /** The offset from which on nothing is answered. */
    long endOffset() {
        ReplayNote note = replayed;
        return note == null ? Long.MAX_VALUE : note.to();
    }

    /** What is to stand beside committed offsets of the partition. */
    String note() {
        ReplayNote note = replayed;
        return note == null ? "" : note.text();
    }

    /** Sets down that the group knows the partition to be done. */
    void sealed(boolean done) {
        sealed = done;
    }

    boolean isSealed() {
        return sealed;
    }

    /** Whether everything that was polled is settled. */
    boolean isClear() {
        lock.lock();
        try {
            return timestamps.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** An event of this timestamp has been polled. */
    void polled(long timestamp) {
        lock.lock();
        try {
            timestamps.add(timestamp);
        } finally {
            lock.unlock();
        }
    }

    /** So many records of the partition have not been polled yet. */
    void unread(long records) {
        unread = records;
    }

    /** What is unanswered. */
    Load.Backlog backlog() {
        lock.lock();
        try {
            Long oldest = timestamps.peek();
            return new Load.Backlog(
                    partition.partition(),
                    unread == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(unread + timestamps.size()),
                    oldest == null || oldest == ConsumerRecord.NO_TIMESTAMP ? null : Instant.ofEpochMilli(oldest));
        } finally {
            lock.unlock();
        }
    }

    /** One more event under this lease is being scored. */
    void taken() {
        lock.lock();
        try {
            inFlight++;
        } finally {
            lock.unlock();
        }
    }

    /** The oldest event under this lease was published or dropped. */
    void settled() {
        lock.lock();
        try {
            timestamps.poll();
            inFlight--;
            if (inFlight == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until nothing of this lease is being scored.
     *
     * @param nanos how long to wait at most
     * @return the time that is left, negative or 0 if it ran out
     */
    long awaitIdle(long nanos) throws InterruptedException {
        long left = nanos;
        lock.lock();
        try {
            while (inFlight > 0 && left > 0) {
                left = idle.awaitNanos(left);
            }
            return inFlight == 0 ? Math.max(left, 1) : 0;
        } finally {
            lock.unlock();
        }
    }
}
