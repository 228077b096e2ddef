package io.streamrank.ingest;

import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;

/** Gives callers what became of their requests. */
final class DirectAnswers {
    private DirectAnswers() {}

    /** Gives each its own, whatever happens to another; only then fails with what happened. */
    static void give(Verdicts<DirectRequest> verdicts) {
        RuntimeException failure = null;
        for (Verdict<DirectRequest> verdict : verdicts.all()) {
            try {
                give(verdict);
            } catch (RuntimeException e) {
                verdict.asked().answer().completeExceptionally(e);
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void give(Verdict<DirectRequest> verdict) {
        DirectRequest request = verdict.asked();
        if (verdict instanceof Verdict.Scored<DirectRequest> scored) {
            request.answer().complete(ranking(scored));
        } else if (verdict instanceof Verdict.Rejected<DirectRequest> rejected) {
            request.answer().completeExceptionally(DirectRankingException.rejected(rejected.rejection()));
        } else {
            request.answer().completeExceptionally(DirectRankingException.expired());
        }
    }

    private static DirectRanking ranking(Verdict.Scored<DirectRequest> scored) {
        Reranker reranker = scored.asked().reranker();
        return new DirectRanking(
                reranker.model(),
                reranker.device(),
                reranker.dtype(),
                Rankings.ordered(scored.asked().request(), scored.pairs(), scored.scores()),
                Rankings.truncated(scored.pairs()),
                scored.pairs().stream().mapToLong(EncodedPair::tokens).sum(),
                reranker.givesProbabilities(),
                scored.timings());
    }
}
