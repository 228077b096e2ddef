package io.streamrank.ingest;

import io.streamrank.model.Reranker;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a request that a model fails on from a model that fails: the one is rejected by itself, the other must end the
 * worker, or a broken model would send a whole topic to the dead letters. Whenever a request fails, the model is given
 * something that nobody can fail on; and however that goes, it may not fail on many requests in a row. For one thread.
 */
final class Soundness {
    private static final Logger LOG = LoggerFactory.getLogger(Soundness.class);

    private final Reranker reranker;
    private final int maxInARow;
    private final Probe probe;
    private int inARow;

    /** Something the model cannot fail on unless it is broken. */
    @FunctionalInterface
    interface Probe {
        /**
         * Has the model do it.
         *
         * @throws RuntimeException if it failed nevertheless
         */
        void run(Reranker reranker);
    }

    Soundness(Reranker reranker, int maxInARow, Probe probe) {
        this.reranker = reranker;
        this.maxInARow = maxInARow;
        this.probe = probe;
    }

    /** Something was done as asked. */
    void succeeded() {
        inARow = 0;
    }

    /**
     * Something failed, and the requests it belongs to are held to be guilty if this returns.
     *
     * @param what the error, in words that may be logged
     * @throws WorkerFailedException if the model is
     */
    void failed(List<? extends Rankable> requests, String what, RuntimeException error) {
        // Whoever may ask directly could otherwise end the worker by asking for nonsense again and again.
        if (!requests.stream().allMatch(DirectRequest.class::isInstance)) {
            inARow++;
        }
        LOG.warn(
                "Model {} fails on {}, to be rejected: {}",
                reranker.model().id(),
                requests.stream().map(Rankable::name).toList(),
                what);
        if (inARow > maxInARow) {
            throw broken(
                    "it failed " + inARow + " times in a row (streamrank.limits.max-unscorable is " + maxInARow + "): ",
                    what,
                    error);
        }
        try {
            probe.run(reranker);
        } catch (RuntimeException e) {
            throw broken("it failed on a request, and on a sound pair too: ", what, error);
        }
    }

    private WorkerFailedException broken(String how, String what, RuntimeException error) {
        return new WorkerFailedException(
                "model " + reranker.model().id() + " is broken: " + how + what
                        + "; nothing of this is committed, check the checkpoint and the device",
                error);
    }
}
