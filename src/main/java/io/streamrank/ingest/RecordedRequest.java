package io.streamrank.ingest;

import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.time.Instant;
import java.util.Optional;

/** A request that came long ago and is asked again, of a model of the asker's choice. Each is itself, whatever it asks. */
final class RecordedRequest implements Rankable {
    private final RerankRequest request;
    private final Reranker reranker;
    private final String name;
    private final long arrivedNanos = System.nanoTime();

    /** @param name what the log calls it */
    RecordedRequest(RerankRequest request, Reranker reranker, String name) {
        this.request = request;
        this.reranker = reranker;
        this.name = name;
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

    /** Its age is no matter. */
    @Override
    public Optional<Instant> sentAt() {
        return Optional.empty();
    }

    @Override
    public String name() {
        return name;
    }
}
