package io.streamrank.ingest;

import io.streamrank.contract.ModelRef;
import java.util.List;
import java.util.function.Consumer;

/**
 * Watches a worker's pipeline, for metrics, traces and logs. Its methods are called on the worker's own threads, from
 * several at once: they must be quick, wait for nothing, and throw nothing.
 */
public interface PipelineObserver {
    /** Watches nothing. */
    PipelineObserver NONE = new PipelineObserver() {};

    /** What became of partitions. */
    enum Rebalance {
        /** They came to this worker. */
        ASSIGNED,
        /** They go to others, once what is being scored of them is committed. */
        REVOKED,
        /** Others have them already: this worker was too slow, or cut off. */
        LOST
    }

    /** Tells of committed transactions alone. */
    static PipelineObserver ofCommits(Consumer<CommitReport> onCommit) {
        return new PipelineObserver() {
            @Override
            public void committed(CommitReport report) {
                onCommit.accept(report);
            }
        };
    }

    /** Tells both, the first one first. */
    static PipelineObserver both(PipelineObserver first, PipelineObserver second) {
        return new BothObservers(first, second);
    }

    /** A transaction was committed. */
    default void committed(CommitReport report) {}

    /**
     * The same transaction, outcome by outcome: as sent, so that rankings too large to send are dead letters here. After
     * {@link #committed}.
     */
    default void outcomesCommitted(List<CommittedOutcome> outcomes) {}

    /** A batch is through the pipeline, whether it was committed or not. After {@link #committed}. */
    default void ended(BatchTrace batch) {}

    /** A direct request was answered, refused or abandoned. Also called on threads of those who ask. */
    default void directEnded(DirectReport report) {}

    /** A delivery failed and is undone; unless there is no hope, it is tried again. */
    default void deliveryFailed() {}

    /** The producer was of no use any more, and another takes its place. */
    default void producerReplaced() {}

    /** A busy or full device refused a forward pass, which is tried again after a while. */
    default void deviceRefused(ModelRef model) {}

    /** Partitions came or went: one or more of them. */
    default void rebalanced(Rebalance kind) {}
}
