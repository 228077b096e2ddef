package io.streamrank.http;

import io.streamrank.contract.Rejection;
import io.streamrank.ingest.DirectRanking;
import io.streamrank.ingest.DirectRankingException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Ranks for clients that wait for the answer. */
final class RerankApi {
    private final Vertx vertx;
    private final ApiSources sources;

    RerankApi(Vertx vertx, ApiSources sources) {
        this.vertx = vertx;
        this.sources = sources;
    }

    /** A question that is being answered. */
    private record Asked(RerankQuestion question, CompletableFuture<DirectRanking> ranking) {}

    Future<Buffer> answer(RoutingContext context) {
        if (!sources.hasWorker()) {
            throw WorkerApi.noWorker();
        }
        ApiSources.Ranker ranker =
                sources.ranker().orElseThrow(() -> ApiException.unavailable("the worker starts; it cannot rank yet"));
        Buffer body = context.body().buffer();
        String apiVersion = context.normalizedPath().startsWith("/v1/") ? "1" : "2";
        return vertx.executeBlocking(() -> ask(ranker, body), false)
                .compose(asked -> awaited(context, asked.ranking())
                        .recover(error -> Future.failedFuture(refused(error)))
                        .compose(ranking -> vertx.executeBlocking(
                                () -> Answers.bytes(new RerankAnswer(asked.question(), ranking).json(apiVersion)),
                                false)));
    }

    /** Takes its time with a large body: the worker measures what it lets in. */
    private Asked ask(ApiSources.Ranker ranker, @Nullable Buffer body) {
        byte[] bytes = body == null ? new byte[0] : body.getBytes();
        RerankQuestion question = RerankQuestion.parse(bytes, sources.maxCandidates());
        return new Asked(question, ranker.rank(question.request()));
    }

    private Future<DirectRanking> awaited(RoutingContext context, CompletableFuture<DirectRanking> ranking) {
        // Nobody waits any more once it has been answered, or who asked has gone.
        context.addEndHandler(ended -> ranking.cancel(false));
        if (Answers.isOver(context)) {
            ranking.cancel(false);
        }
        return Future.fromCompletionStage(ranking, vertx.getOrCreateContext());
    }

    private Throwable refused(Throwable error) {
        if (!(error instanceof DirectRankingException refused)) {
            return error;
        }
        String message = String.valueOf(refused.getMessage());
        return switch (refused.reason()) {
            case OVERLOADED -> ApiException.overloaded(message);
            case UNAVAILABLE -> ApiException.unavailable(message);
            case EXPIRED -> new ApiException(ApiException.TIMEOUT, message);
            case REJECTED ->
                refused.rejection().map(RerankApi::rejected).orElseGet(() -> ApiException.badRequest(message));
        };
    }

    private static ApiException rejected(Rejection rejection) {
        return switch (rejection.reason()) {
            case UNKNOWN_MODEL -> ApiException.notFound(rejection.message());
            case TOO_LARGE, TOO_MANY_CANDIDATES, RESULT_TOO_LARGE ->
                new ApiException(ApiException.TOO_LARGE, rejection.message());
            case UNSCORABLE -> new ApiException(ApiException.UNPROCESSABLE, rejection.message());
            case EMPTY_VALUE, UNKNOWN_FORMAT, UNKNOWN_SCHEMA, UNDECODABLE, INVALID, NO_CANDIDATES, UNUSABLE_TOKEN_IDS ->
                ApiException.badRequest(rejection.message());
        };
    }
}
