package io.streamrank.ingest;

import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A request from a caller who waits for the answer, rather than from Kafka. Each is itself, whatever it asks. */
final class DirectRequest implements Rankable {
    private final RerankRequest request;
    private final Reranker reranker;
    private final long bytes;
    private final long arrivedNanos = System.nanoTime();
    private final CompletableFuture<DirectRanking> answer = new CompletableFuture<>();

    /** @param bytes that it holds in memory while in hand, about */
    DirectRequest(RerankRequest request, Reranker reranker, long bytes) {
        this.request = request;
        this.reranker = reranker;
        this.bytes = bytes;
    }

    @Override
    public RerankRequest request() {
        return request;
    }

    @Override
    public Reranker reranker() {
        return reranker;
    }

    @Override
    public long arrivedNanos() {
        return arrivedNanos;
    }

    /** It comes without delay. */
    @Override
    public Optional<Instant> sentAt() {
        return Optional.empty();
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
