package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Whose work is added up: a model's on one worker, or a model's on all of them.
 *
 * @param model the name requests call it by
 * @param revision which checkpoint, as in {@link ModelRef#revision}
 * @param worker the worker's instance id; null for all workers together
 */
public record ThroughputScope(
        String model, String revision, @Nullable String worker) {
    public ThroughputScope {
        requireNonNull(model, "model");
        requireNonNull(revision, "revision");
    }

    /** The same model on all workers together. */
    public ThroughputScope allWorkers() {
        return new ThroughputScope(model, revision, null);
    }
}
