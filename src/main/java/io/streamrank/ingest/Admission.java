package io.streamrank.ingest;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Quotation;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Decides at the door whether an event can be ranked, and by which model. */
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
            RerankRequest request = decode(record.value());
            Reranker reranker = modelFor(request);
            TokenIdCheck.require(request, reranker);
            return new Event.Accepted(record, lease, request, reranker, System.nanoTime());
        } catch (RejectedException e) {
            return new Event.Rejected(record, lease, e.rejection());
        }
    }

    private RerankRequest decode(byte[] value) throws RejectedException {
        if (value != null && value.length > limits.maxEventBytes()) {
            throw rejected(
                    Reason.TOO_LARGE,
                    "the event has " + value.length + " bytes, more than the " + limits.maxEventBytes()
                            + " of streamrank.limits.max-event-bytes");
        }
        RerankRequest request = codec.decode(value);
        int candidates = request.candidates().size();
        if (candidates == 0) {
            throw rejected(Reason.NO_CANDIDATES, "the candidate list is empty");
        }
        if (candidates > limits.maxCandidates()) {
            throw rejected(
                    Reason.TOO_MANY_CANDIDATES,
                    "the event has " + candidates + " candidates, more than the " + limits.maxCandidates()
                            + " of streamrank.limits.max-candidates");
        }
        return request;
    }

    private Reranker modelFor(RerankRequest request) throws RejectedException {
        String id = request.model();
        Reranker reranker = models.find(id);
        if (reranker == null) {
            throw rejected(
                    Reason.UNKNOWN_MODEL,
                    "the event asks for model '" + Quotation.of(String.valueOf(id)) + "'; this worker holds "
                            + models.ids());
        }
        return reranker;
    }

    private static RejectedException rejected(Reason reason, String message) {
        return new RejectedException(new Rejection(reason, message, null));
    }
}
