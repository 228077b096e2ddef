package io.streamrank.ingest;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;

/**
 * How large a request may be.
 *
 * @param maxEventBytes as an event
 * @param maxCandidates documents in it; none is too few
 */
public record RequestBounds(int maxEventBytes, int maxCandidates) {
    static RequestBounds of(Limits limits) {
        return new RequestBounds(limits.maxEventBytes(), limits.maxCandidates());
    }

    /**
     * Passes an event that is not too large.
     *
     * @throws RejectedException with TOO_LARGE
     */
    public void requireSize(int bytes) throws RejectedException {
        if (bytes > maxEventBytes) {
            throw rejected(
                    Reason.TOO_LARGE,
                    "the request has " + bytes + " bytes, more than the " + maxEventBytes
                            + " of streamrank.limits.max-event-bytes");
        }
    }

    /**
     * Passes a request that has candidates, and not too many.
     *
     * @throws RejectedException with NO_CANDIDATES or TOO_MANY_CANDIDATES
     */
    public void requireCandidates(RerankRequest request) throws RejectedException {
        int candidates = request.candidates().size();
        if (candidates == 0) {
            throw rejected(Reason.NO_CANDIDATES, "the candidate list is empty");
        }
        if (candidates > maxCandidates) {
            throw rejected(
                    Reason.TOO_MANY_CANDIDATES,
                    "the request has " + candidates + " candidates, more than the " + maxCandidates
                            + " of streamrank.limits.max-candidates");
        }
    }

    private static RejectedException rejected(Reason reason, String message) {
        return new RejectedException(new Rejection(reason, message, null));
    }
}
