package io.streamrank.replay.run;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RequestCheck;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.RequestBounds;

/** Whether a worker would take a request that comes from a file, had it come as an event. */
public final class RequestAcceptance {
    private final CandidateListCodec codec = new CandidateListCodec();
    private final RequestBounds bounds;

    public RequestAcceptance(RequestBounds bounds) {
        this.bounds = bounds;
    }

    /**
     * Passes a request that a worker would take.
     *
     * @throws RejectedException with what the worker would call it
     */
    public void require(RerankRequest request) throws RejectedException {
        RequestCheck.require(request);
        bounds.requireCandidates(request);
        bounds.requireSize(codec.encode(request).length);
    }
}
