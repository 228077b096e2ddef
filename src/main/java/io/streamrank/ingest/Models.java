package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The models this worker holds, by the id that requests call them; the first is the default. Beside the revision that it
 * began with, an id may have a next one, which gets a share of its requests. Thread-safe: revisions come and go while
 * requests do.
 */
public final class Models implements AutoCloseable {
    /** Held shared by who chooses a model until what it is for can be counted, and alone by who takes one out. */
    private final ReadWriteLock gate = new ReentrantReadWriteLock();

    private final Reranker byDefault;

    /** Never changed, but replaced. */
    private volatile Map<String, Revisions> byId;

    /**
     * What one id stands for.
     *
     * @param share of requests that the next revision gets, from 0 to 1
     */
    private record Revisions(Reranker first, @Nullable Reranker next, double share) {
        Reranker of(RerankRequest request, byte @Nullable [] key) {
            return next != null && RequestShare.of(next.model(), request, key) < share ? next : first;
        }
    }

    /**
     * @param rerankers at least one, the default first
     * @throws IllegalArgumentException if there is none, or two share an id
     */
    public Models(List<Reranker> rerankers) {
        if (rerankers.isEmpty()) {
            throw new IllegalArgumentException("the worker needs at least one model");
        }
        Map<String, Revisions> held = new LinkedHashMap<>();
        for (Reranker reranker : rerankers) {
            if (held.put(reranker.model().id(), new Revisions(reranker, null, 0)) != null) {
                throw new IllegalArgumentException(
                        "two models are called " + reranker.model().id());
            }
        }
        byId = Collections.unmodifiableMap(held);
        byDefault = rerankers.get(0);
    }

    /** The model of that id as it began, or the default where none is named; null if there is no such model. */
    @Nullable Reranker find(@Nullable String id) {
        Revisions revisions = id == null ? byId.get(byDefault.model().id()) : byId.get(id);
        return revisions == null ? null : revisions.first();
    }

    /**
     * The revision that is to rank a request: the same for equal keys, for as long as shares are the same. Until the
     * request is where its model is {@linkplain Intake#isFor looked for}, {@link #choosing} must be held.
     *
     * @param key of the record, where it came as one
     * @return null if there is no such model
     */
    @Nullable Reranker choose(RerankRequest request, byte @Nullable [] key) {
        String id = request.model();
        Revisions revisions = byId.get(id == null ? byDefault.model().id() : id);
        return revisions == null ? null : revisions.of(request, key);
    }

    /** For as long as it is held, no revision is taken out. */
    Lock choosing() {
        return gate.readLock();
    }

    /** The model that ranks where none is named. */
    public Reranker byDefault() {
        return byDefault;
    }

    /** All of them, the default first, each followed by its next revision. */
    public List<Reranker> all() {
        List<Reranker> all = new ArrayList<>();
        for (Revisions revisions : byId.values()) {
            all.add(revisions.first());
            if (revisions.next() != null) {
                all.add(revisions.next());
            }
        }
        return all;
    }

    /** The models' ids, the default first. */
    public List<String> ids() {
        return List.copyOf(byId.keySet());
    }

    /**
     * The model that an id stood for at the start.
     *
     * @throws IllegalArgumentException if there is no such model
     */
    public Reranker first(String id) {
        return revisions(id).first();
    }

    /** The next revision of that id, if there is one. */
    public Optional<Reranker> next(String id) {
        return Optional.ofNullable(revisions(id).next());
    }

    /** The part of its id's requests that a revision gets, from 0 to 1; 0 for one that is not held. */
    public double share(Reranker reranker) {
        Revisions revisions = byId.get(reranker.model().id());
        if (revisions == null) {
            return 0;
        }
        double next = revisions.next() == null ? 0 : revisions.share();
        return reranker == revisions.first() ? 1 - next : reranker == revisions.next() ? next : 0;
    }

    /**
     * Lets a revision take a share of its id's requests from now on.
     *
     * @param share from 0 to 1
     * @return the next revision that was, if it is another: it gets no more requests, and is the caller's to close once
     *     none is in hand
     */
    public Optional<Reranker> rollOut(Reranker next, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share is " + share + ", expected 0 to 1");
        }
        Revisions before = replace(next.model().id(), next, share);
        return before.next() == next ? Optional.empty() : Optional.ofNullable(before.next());
    }

    /**
     * Has all of an id's requests ranked as at the start again.
     *
     * @return the next revision that was: it gets no more requests, and is the caller's to close once none is in hand
     */
    public Optional<Reranker> rollBack(String id) {
        return Optional.ofNullable(replace(id, null, 0).next());
    }

    private Revisions replace(String id, @Nullable Reranker next, double share) {
        gate.writeLock().lock();
        try {
            Revisions before = revisions(id);
            Map<String, Revisions> changed = new LinkedHashMap<>(byId);
            changed.put(id, new Revisions(before.first(), next, share));
            byId = Collections.unmodifiableMap(changed);
            return before;
        } finally {
            gate.writeLock().unlock();
        }
    }

    private Revisions revisions(String id) {
        if (!byId.containsKey(id)) {
            throw new IllegalArgumentException("there is no model " + id + "; this worker holds " + ids());
        }
        return requireNonNull(byId.get(id));
    }

    /** Closes all, whatever one of them throws. */
    @Override
    public void close() {
        IllegalStateException failed = new IllegalStateException("models could not be closed");
        closeAll(all(), failed);
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    /** Closes rerankers one and all; what they throw is added to a failure as suppressed. */
    public static void closeAll(Iterable<Reranker> rerankers, Throwable failure) {
        for (Reranker reranker : rerankers) {
            try {
                reranker.close();
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
