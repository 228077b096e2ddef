package io.streamrank.ingest;

import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;

/** A request that came long ago and is asked again, of a model of the asker's choice. */
final class RecordedRequest extends PlainRequest {
    private final String name;

    /** @param name what the log calls it */
    RecordedRequest(RerankRequest request, Reranker reranker, String name) {
        super(request, reranker);
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }
}
