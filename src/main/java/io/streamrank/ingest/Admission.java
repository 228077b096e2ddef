package io.streamrank.ingest;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Quotation;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RequestCheck;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Decides at the door whether a request can be ranked, and by which model. Thread-safe. */
final class Admission {
    private final CandidateListCodec codec;
    private final Models models;
    private final RequestBounds bounds;
    private final @Nullable Predicate<String> replayed;

    Admission(CandidateListCodec codec, Models models, Limits limits) {
        this(codec, models, limits, null);
    }

    /**
     * @param replayed where events are recorded ones, to be ranked whole by the default model, however late: the texts
     *     of the queries that are; absent for what comes
     */
    Admission(CandidateListCodec codec, Models models, Limits limits, @Nullable Predicate<String> replayed) {
        this.codec = codec;
        this.models = models;
        this.bounds = RequestBounds.of(limits);
        this.replayed = replayed;
    }

    /** @return empty for a list that a replay passes over */
    Optional<Event> admit(ConsumerRecord<byte[], byte[]> record, Lease lease) {
        try {
            byte[] value = record.value();
            if (value != null) {
                bounds.requireSize(value.length);
            }
            RerankRequest request = codec.decode(value);
            bounds.requireCandidates(request);
            if (replayed != null) {
                return replayed.test(request.query().text())
                        ? Optional.of(whole(record, lease, request))
                        : Optional.empty();
            }
            Reranker reranker = modelFor(request, record.key());
            return Optional.of(new Event.Accepted(record, lease, request, reranker, System.nanoTime()));
        } catch (RejectedException e) {
            return Optional.of(new Event.Rejected(record, lease, e.rejection()));
        }
    }

    private Event whole(ConsumerRecord<byte[], byte[]> record, Lease lease, RerankRequest request)
            throws RejectedException {
        Reranker reranker = models.byDefault();
        RerankRequest whole = ListScoring.whole(request, reranker);
        return new Event.Accepted(record, lease, whole, reranker, System.nanoTime());
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

    /**
     * Admits a record and lets it wait in the intake, if it is to be ranked at all; a model that it is for stays at least
     * until it is there.
     */
    void enter(ConsumerRecord<byte[], byte[]> record, Lease lease, Intake intake) {
        models.choosing().lock();
        try {
            admit(record, lease).ifPresent(intake::add);
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
