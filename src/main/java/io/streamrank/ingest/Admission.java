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
    private final RequestBounds bounds;
    private final boolean replaying;

    Admission(CandidateListCodec codec, Models models, Limits limits) {
        this(codec, models, limits, false);
    }

    /** @param replaying whether events are recorded ones, to be ranked whole by the default model, however late */
    Admission(CandidateListCodec codec, Models models, Limits limits, boolean replaying) {
        this.codec = codec;
        this.models = models;
        this.bounds = RequestBounds.of(limits);
        this.replaying = replaying;
    }

    Event admit(ConsumerRecord<byte[], byte[]> record, Lease lease) {
        try {
            byte[] value = record.value();
            if (value != null) {
                bounds.requireSize(value.length);
            }
            RerankRequest request = codec.decode(value);
            bounds.requireCandidates(request);
            if (replaying) {
                Reranker reranker = models.byDefault();
                RerankRequest whole = ListScoring.whole(request, reranker);
                return new Event.Accepted(record, lease, whole, reranker, System.nanoTime());
            }
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
        bounds.requireCandidates(request);
        int size = codec.encode(request).length;
        bounds.requireSize(size);
        long entries = (long) request.candidates().size() + request.attributes().size();
        return new DirectRequest(request, modelFor(request), Event.OVERHEAD_BYTES + Event.ENTRY_BYTES * entries + size);
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
