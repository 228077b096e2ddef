package io.streamrank.ingest;

import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;

/** Gives callers what became of their requests. */
final class DirectAnswers {
    private DirectAnswers() {}

    static void give(Verdicts<DirectRequest> verdicts) {
        verdicts.all().forEach(DirectAnswers::give);
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
