package io.streamrank.ingest;

import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.time.Instant;
import java.util.Optional;

/** A request that is not answered to Kafka, so that its age is no matter. Each is itself, whatever it asks. */
abstract sealed class PlainRequest implements Rankable permits DirectRequest, RecordedRequest {
    private final RerankRequest request;
    private final Reranker reranker;
    private final long arrivedNanos = System.nanoTime();

    PlainRequest(RerankRequest request, Reranker reranker) {
        this.request = request;
        this.reranker = reranker;
    }

    @Override
    public final RerankRequest request() {
        return request;
    }

    @Override
    public final Reranker reranker() {
        return reranker;
    }

    @Override
    public final long arrivedNanos() {
        return arrivedNanos;
    }

    @Override
    public final Optional<Instant> sentAt() {
        return Optional.empty();
    }
}
