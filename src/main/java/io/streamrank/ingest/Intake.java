package io.streamrank.ingest;

import io.streamrank.model.Reranker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Events that were polled and wait to be taken into a transaction, oldest first. Between the poll thread, which adds
 * and drops, and the batching thread, which takes. Counts the bytes of all events in hand, from poll to commit: that is
 * what polling pauses on. Beside them, direct requests from any thread, with limits of their own. Thread-safe.
 */
final class Intake {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Event> waiting = new ArrayDeque<>();
    private int eventsInHand;
    private long bytesInHand;
    private final Map<Reranker, Integer> eventsByModel = new IdentityHashMap<>();
    private final Callers callers;
    private boolean callersHadTheirTurn;
    private boolean lingering;
    private long lingerUntil;
    private boolean closed;

    Intake(Limits limits) {
        callers = new Callers(limits.maxDirectRequests(), limits.maxInFlightBytes());
    }

    void add(Event event) {
        lock.lock();
        try {
            waiting.add(event);
            event.lease().polled(event.record().timestamp());
            eventsInHand++;
            bytesInHand += event.bytes();
            count(event, 1);
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

    private void count(Event event, int change) {
        if (event instanceof Event.Accepted accepted) {
            eventsByModel.merge(accepted.reranker(), change, (before, by) -> before + by == 0 ? null : before + by);
        }
    }

    /** Whether anything in hand, be it waiting or being worked on, is for this model. */
    boolean isFor(Reranker reranker) {
        lock.lock();
        try {
            return eventsByModel.containsKey(reranker) || callers.areFor(reranker);
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
     * Lets a caller wait for an answer.
     *
     * @throws DirectRankingException if too many do, or nobody may any more
     */
    void add(DirectRequest request) {
        lock.lock();
        try {
            callers.add(request);
            arrived.signal();
        } finally {
            lock.unlock();
        }
        var unused = request.answer().whenComplete((ranking, error) -> gone(request));
    }

    private void gone(DirectRequest request) {
        lock.lock();
        try {
            callers.gone(request);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what goes through the stages together, waiting for something if there is nothing: the oldest events for one
     * transaction, or the oldest direct requests. At most {@code maxRequests}, and as many as the character budget
     * allows, but always one. Callers come first and nobody lingers before them; but where events wait too, both have
     * their turn one after the other.
     *
     * @param lingerNanos how long to wait, after the first event, for more
     * @param budgetChars asked when they are taken
     * @return empty once the intake is closed
     */
    Optional<Taken> take(int maxRequests, long lingerNanos, LongSupplier budgetChars) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                lingering &= !waiting.isEmpty();
                if (callers.areWaiting() && (waiting.isEmpty() || !callersHadTheirTurn)) {
                    callersHadTheirTurn = !waiting.isEmpty();
                    return Optional.of(new Taken.Direct(takeCallers(maxRequests, budgetChars.getAsLong())));
                }
                if (waiting.isEmpty()) {
                    arrived.await();
                } else if (callers.areWaiting() || hasLingered(maxRequests, lingerNanos)) {
                    lingering = false;
                    callersHadTheirTurn = false;
                    return Optional.of(new Taken.Events(takeEvents(maxRequests, budgetChars.getAsLong())));
                }
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for company, until something comes or time is up, and says whether to wait no longer. */
    @SuppressWarnings("WaitNotInLoop") // the loop is take's
    private boolean hasLingered(int maxRequests, long lingerNanos) throws InterruptedException {
        long now = System.nanoTime();
        if (!lingering) {
            lingering = true;
            lingerUntil = now + lingerNanos;
        }
        if (lingerUntil - now <= 0 || waiting.size() >= maxRequests) {
            return true;
        }
        arrived.awaitNanos(lingerUntil - now);
        return false;
    }

    private List<Event> takeEvents(int maxRequests, long budgetChars) {
        List<Event> taken = takeOldest(
                waiting,
                maxRequests,
                budgetChars,
                event -> event instanceof Event.Accepted accepted ? accepted.chars() : 0);
        taken.forEach(event -> event.lease().taken());
        return taken;
    }

    private List<DirectRequest> takeCallers(int maxRequests, long budgetChars) {
        List<DirectRequest> taken = takeOldest(callers.waiting(), maxRequests, budgetChars, Rankable::chars);
        callers.taken(taken);
        return taken;
    }

    private static <T> List<T> takeOldest(Deque<T> from, int max, long budgetChars, ToLongFunction<T> charsOf) {
        List<T> taken = new ArrayList<>();
        long chars = 0;
        for (T next = from.peek(); next != null && taken.size() < max; next = from.peek()) {
            chars += charsOf.applyAsLong(next);
            if (!taken.isEmpty() && chars > budgetChars) {
                break;
            }
            taken.add(from.remove());
        }
        return taken;
    }

    /** Whether direct requests are being worked on. */
    boolean isAnsweringCallers() {
        lock.lock();
        try {
            return callers.areTaken();
        } finally {
            lock.unlock();
        }
    }

    /** Tells that taken direct requests are about to be answered. */
    void settledDirect(List<DirectRequest> requests) {
        lock.lock();
        try {
            callers.settled(requests);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes no more direct requests, and fails those that wait.
     *
     * @param state of the worker, to be told to them
     */
    void turnAwayWaiting(Health.State state) {
        turnAway(Callers::turnAwayWaiting, state);
    }

    /** The same, and fails those too that are being worked on. */
    void turnAwayAll(Health.State state) {
        turnAway(Callers::turnAway, state);
    }

    private void turnAway(Function<Callers, List<DirectRequest>> whom, Health.State state) {
        List<DirectRequest> gone;
        lock.lock();
        try {
            gone = whom.apply(callers);
        } finally {
            lock.unlock();
        }
        gone.forEach(request -> request.answer().completeExceptionally(DirectRankingException.unavailable(state)));
    }

    /** Tells that taken events were published or dropped. */
    void settled(List<Event> events) {
        lock.lock();
        try {
            eventsInHand -= events.size();
            events.forEach(event -> bytesInHand -= event.bytes());
            events.forEach(event -> count(event, -1));
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
                if (drop) {
                    eventsInHand--;
                    bytesInHand -= event.bytes();
                    count(event, -1);
                }
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
