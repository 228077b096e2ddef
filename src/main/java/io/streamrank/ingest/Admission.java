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
import org.jspecify.annotations.Nullable;

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
            Reranker reranker = modelFor(request, record.key());
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
        Reranker reranker = modelFor(request, null);
        return new DirectRequest(request, reranker, Event.OVERHEAD_BYTES + Event.ENTRY_BYTES * entries + size);
    }

    /** Admits a record and lets it wait in the intake; a model that it is for stays at least until it is there. */
    void enter(ConsumerRecord<byte[], byte[]> record, Lease lease, Intake intake) {
        models.choosing().lock();
        try {
            intake.add(admit(record, lease));
        } finally {
            models.choosing().unlock();
        }
    }

    /**
     * The same with a request that did not come as an event.
     *
     * @throws RejectedException if it cannot be ranked
     * @throws DirectRankingException if too many wait, or nobody may any more
     */
    DirectRequest enter(RerankRequest request, Intake intake) throws RejectedException {
        models.choosing().lock();
        try {
            DirectRequest direct = admit(request);
            intake.add(direct);
            return direct;
        } finally {
            models.choosing().unlock();
        }
    }

    private Reranker modelFor(RerankRequest request, byte @Nullable [] key) throws RejectedException {
        String id = request.model();
        Reranker reranker = models.choose(request, key);
        if (reranker == null) {
            throw rejected(
                    Reason.UNKNOWN_MODEL,
                    "the request asks for model '" + Quotation.of(String.valueOf(id)) + "'; this worker holds "
                            + models.ids());
        }
        Reranker first = models.find(id);
        if (first != null && first != reranker && !TokenIdCheck.passes(request, reranker)) {
            // A next revision may have another tokenizer; who sends token ids cannot know.
            reranker = first;
        }
        TokenIdCheck.require(request, reranker);
        return reranker;
    }

    private static RejectedException rejected(Reason reason, String message) {
        return new RejectedException(new Rejection(reason, message, null));
    }
}
