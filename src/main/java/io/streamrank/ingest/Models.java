package io.streamrank.ingest;

import io.streamrank.model.Reranker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The models this worker holds, by the id that requests call them; the first is the default. */
public final class Models implements AutoCloseable {
    private final Map<String, Reranker> byId = new LinkedHashMap<>();
    private final Reranker byDefault;

    /**
     * @param rerankers at least one, the default first
     * @throws IllegalArgumentException if there is none, or two share an id
     */
    public Models(List<Reranker> rerankers) {
        if (rerankers.isEmpty()) {
            throw new IllegalArgumentException("the worker needs at least one model");
        }
        for (Reranker reranker : rerankers) {
            if (byId.put(reranker.model().id(), reranker) != null) {
                throw new IllegalArgumentException(
                        "two models are called " + reranker.model().id());
            }
        }
        byDefault = rerankers.get(0);
    }

    /** The model of that id, or the default where none is named; null if there is no such model. */
    @Nullable Reranker find(@Nullable String id) {
        return id == null ? byDefault : byId.get(id);
    }

    /** The model that ranks where none is named. */
    public Reranker byDefault() {
        return byDefault;
    }

    /** All of them, the default first. */
    public List<Reranker> all() {
        return List.copyOf(byId.values());
    }

    /** The models' ids, the default first. */
    public List<String> ids() {
        return List.copyOf(byId.keySet());
    }

    /** Closes all, whatever one of them throws. */
    @Override
    public void close() {
        IllegalStateException failed = new IllegalStateException("models could not be closed");
        closeAll(byId.values(), failed);
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
