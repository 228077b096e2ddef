package io.streamrank.ingest;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Quotation;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RequestCheck;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Decides at the door whether a request can be ranked, and by which model. Thread-safe. */
final class Admission {
    private final CandidateListCodec codec;
    private final Models models;
    private final Limits limits;

    Admission(CandidateListCodec codec, Models models, Limits limits) {
        this.codec = codec;
        this.models = models;
        this.limits = limits;
    }

    Event admit(ConsumerRecord<byte[], byte[]> record, Lease lease) {
        try {
            byte[] value = record.value();
            if (value != null) {
                requireSize(value.length);
            }
            RerankRequest request = codec.decode(value);
            requireCandidates(request);
            Reranker reranker = modelFor(request);
            return new Event.Accepted(record, lease, request, reranker, System.nanoTime());
        } catch (RejectedException e) {
            return new Event.Rejected(record, lease, e.rejection());
        }
    }

    /**
     * Admits a request that did not come as an event, as if it had.
     *
     * @throws RejectedException if it cannot be ranked
     */
    DirectRequest admit(RerankRequest request) throws RejectedException {
        RequestCheck.require(request);
        requireCandidates(request);
        int size = codec.encode(request).length;
        requireSize(size);
        long entries = (long) request.candidates().size() + request.attributes().size();
        return new DirectRequest(request, modelFor(request), Event.OVERHEAD_BYTES + Event.ENTRY_BYTES * entries + size);
    }

    private void requireSize(int bytes) throws RejectedException {
        if (bytes > limits.maxEventBytes()) {
            throw rejected(
                    Reason.TOO_LARGE,
                    "the request has " + bytes + " bytes, more than the " + limits.maxEventBytes()
                            + " of streamrank.limits.max-event-bytes");
        }
    }

    private void requireCandidates(RerankRequest request) throws RejectedException {
        int candidates = request.candidates().size();
        if (candidates == 0) {
            throw rejected(Reason.NO_CANDIDATES, "the candidate list is empty");
        }
        if (candidates > limits.maxCandidates()) {
            throw rejected(
                    Reason.TOO_MANY_CANDIDATES,
                    "the request has " + candidates + " candidates, more than the " + limits.maxCandidates()
                            + " of streamrank.limits.max-candidates");
        }
    }

    private Reranker modelFor(RerankRequest request) throws RejectedException {
        String id = request.model();
        Reranker reranker = models.find(id);
        if (reranker == null) {
            throw rejected(
                    Reason.UNKNOWN_MODEL,
                    "the request asks for model '" + Quotation.of(String.valueOf(id)) + "'; this worker holds "
                            + models.ids());
        }
        TokenIdCheck.require(request, reranker);
        return reranker;
    }

    private static RejectedException rejected(Reason reason, String message) {
        return new RejectedException(new Rejection(reason, message, null));
    }
}
