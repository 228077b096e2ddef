package io.streamrank.ingest;

import io.streamrank.contract.ModelRef;
import java.util.List;

/** Two observers as one. */
record BothObservers(PipelineObserver first, PipelineObserver second) implements PipelineObserver {
    @Override
    public void committed(CommitReport report) {
        first.committed(report);
        second.committed(report);
    }

    @Override
    public void outcomesCommitted(List<CommittedOutcome> outcomes) {
        first.outcomesCommitted(outcomes);
        second.outcomesCommitted(outcomes);
    }

    @Override
    public void ended(BatchTrace batch) {
        first.ended(batch);
        second.ended(batch);
    }

    @Override
    public void directEnded(DirectReport report) {
        first.directEnded(report);
        second.directEnded(report);
    }

    @Override
    public void deliveryFailed() {
        first.deliveryFailed();
        second.deliveryFailed();
    }

    @Override
    public void producerReplaced() {
        first.producerReplaced();
        second.producerReplaced();
    }

    @Override
    public void deviceRefused(ModelRef model) {
        first.deviceRefused(model);
        second.deviceRefused(model);
    }

    @Override
    public void rebalanced(Rebalance kind) {
        first.rebalanced(kind);
        second.rebalanced(kind);
    }
}
