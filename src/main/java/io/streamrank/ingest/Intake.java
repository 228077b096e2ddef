package io.streamrank.ingest;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Events that were polled and wait to be taken into a transaction, oldest first. Between the poll thread, which adds
 * and drops, and the batching thread, which takes. Counts the bytes of everything in hand, from poll to commit: that is
 * what polling pauses on. Thread-safe.
 */
final class Intake {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Event> waiting = new ArrayDeque<>();
    private int eventsInHand;
    private long bytesInHand;
    private boolean closed;

    void add(Event event) {
        lock.lock();
        try {
            waiting.add(event);
            event.lease().polled(event.record().timestamp());
            eventsInHand++;
            bytesInHand += event.bytes();
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of all events that wait or are being worked on. */
    long bytesInHand() {
        lock.lock();
        try {
            return bytesInHand;
        } finally {
            lock.unlock();
        }
    }

    /** Events that wait or are being worked on. */
    int eventsInHand() {
        lock.lock();
        try {
            return eventsInHand;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the oldest events for one transaction, waiting for the first if there is none: at most {@code maxRequests},
     * and as many as the character budget allows, but always one.
     *
     * @param lingerNanos how long to wait, after the first, for more
     * @param budgetChars asked when the events are taken
     * @return the events; empty once the intake is closed
     */
    List<Event> take(int maxRequests, long lingerNanos, LongSupplier budgetChars) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            // A revocation may drop all that was lingered for, but to return nothing means to be closed.
            List<Event> taken = List.of();
            while (taken.isEmpty() && !closed) {
                awaitEvents(maxRequests, lingerNanos);
                taken = closed ? List.of() : takeWaiting(maxRequests, budgetChars.getAsLong());
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void awaitEvents(int maxRequests, long lingerNanos) throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            arrived.await();
        }
        long left = lingerNanos;
        while (left > 0 && waiting.size() < maxRequests && !closed) {
            left = arrived.awaitNanos(left);
        }
    }

    private List<Event> takeWaiting(int maxRequests, long budgetChars) {
        List<Event> taken = new ArrayList<>();
        long chars = 0;
        for (Event next = waiting.peek(); next != null && taken.size() < maxRequests; next = waiting.peek()) {
            chars += next instanceof Event.Accepted accepted ? accepted.chars() : 0;
            if (!taken.isEmpty() && chars > budgetChars) {
                break;
            }
            waiting.remove();
            next.lease().taken();
            taken.add(next);
        }
        return taken;
    }

    /** Tells that taken events were published or dropped. */
    void settled(List<Event> events) {
        lock.lock();
        try {
            eventsInHand -= events.size();
            events.forEach(event -> bytesInHand -= event.bytes());
        } finally {
            lock.unlock();
        }
        events.forEach(event -> event.lease().settled());
    }

    /** Drops the waiting events of these leases; those already taken are not touched. */
    void drop(Set<Lease> leases) {
        lock.lock();
        try {
            waiting.removeIf(event -> {
                boolean drop = leases.contains(event.lease());
                eventsInHand -= drop ? 1 : 0;
                bytesInHand -= drop ? event.bytes() : 0;
                return drop;
            });
        } finally {
            lock.unlock();
        }
    }

    /** Ends the taking: whoever waits, or comes, gets nothing. */
    void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
