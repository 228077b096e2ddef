package io.streamrank.ingest;

import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.util.concurrent.CompletableFuture;

/** A request from a caller who waits for the answer, rather than from Kafka. */
final class DirectRequest extends PlainRequest {
    private final long bytes;
    private final CompletableFuture<DirectRanking> answer = new CompletableFuture<>();

    /** @param bytes that it holds in memory while in hand, about */
    DirectRequest(RerankRequest request, Reranker reranker, long bytes) {
        super(request, reranker);
        this.bytes = bytes;
    }

    @Override
    public String name() {
        return "a direct request";
    }

    long bytes() {
        return bytes;
    }

    /** What the caller waits for; done where there is no caller any more. */
    CompletableFuture<DirectRanking> answer() {
        return answer;
    }
}
