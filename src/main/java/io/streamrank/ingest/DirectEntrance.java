package io.streamrank.ingest;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Lets direct requests in, or says at once why not. Thread-safe. */
final class DirectEntrance {
    private final Admission admission;
    private final Models models;
    private final PipelineObserver observer;

    DirectEntrance(Admission admission, Models models, PipelineObserver observer) {
        this.admission = admission;
        this.models = models;
        this.observer = observer;
    }

    /** What the caller waits for; fails with a {@link DirectRankingException} where it is not ranked. */
    CompletableFuture<DirectRanking> enter(RerankRequest request, Health.State state, Intake intake) {
        long start = System.nanoTime();
        CompletableFuture<DirectRanking> answer;
        try {
            answer = admitted(request, state, intake);
        } catch (DirectRankingException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        Optional<ModelRef> model =
                Optional.ofNullable(models.choose(request, null)).map(Reranker::model);
        var unused = answer.whenComplete((ranking, error) -> observer.directEnded(
                new DirectReport(model, DirectReport.Outcome.of(error), Duration.ofNanos(System.nanoTime() - start))));
        return answer;
    }

    private CompletableFuture<DirectRanking> admitted(RerankRequest request, Health.State state, Intake intake) {
        if (state != Health.State.READY) {
            throw DirectRankingException.unavailable(state);
        }
        try {
            return admission.enter(request, intake).answer();
        } catch (RejectedException e) {
            throw DirectRankingException.rejected(e.rejection());
        }
    }
}
