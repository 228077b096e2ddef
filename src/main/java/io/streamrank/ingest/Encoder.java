package io.streamrank.ingest;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Turns taken events into token ids, one task a request; answers the late ones unread. A request whose texts cannot be
 * turned is given up alone. For the batching thread alone.
 */
final class Encoder {
    private final ExecutorService tokenizers;
    private final Limits limits;
    private final Clock clock;
    private final Map<Reranker, Soundness> soundness = new HashMap<>();

    Encoder(ExecutorService tokenizers, Limits limits, Clock clock) {
        this.tokenizers = tokenizers;
        this.limits = limits;
        this.clock = clock;
    }

    EncodedBatch encode(List<Event> events) throws InterruptedException {
        long start = System.nanoTime();
        Instant now = clock.instant();
        // Nobody else encodes with these models, so what their caches find meanwhile they find for this batch.
        Map<Reranker, CacheStatistics> cachesBefore = new HashMap<>();
        events.forEach(
                event -> reranker(event).ifPresent(model -> cachesBefore.computeIfAbsent(model, Reranker::tokenCache)));
        List<Future<EncodedBatch.Item>> tasks = new ArrayList<>(events.size());
        for (Event event : events) {
            tasks.add(tokenizers.submit(() -> item(event, now, start)));
        }
        List<EncodedBatch.Item> items = new ArrayList<>(events.size());
        long chars = 0;
        for (Future<EncodedBatch.Item> task : tasks) {
            EncodedBatch.Item item = judged(get(task));
            chars += item instanceof EncodedBatch.Item.ToScore toScore
                    ? toScore.event().chars()
                    : 0;
            items.add(item);
        }
        Map<Reranker, CacheStatistics> caches = new HashMap<>();
        cachesBefore.forEach(
                (model, before) -> caches.put(model, model.tokenCache().since(before)));
        return new EncodedBatch(items, Duration.ofNanos(System.nanoTime() - start), chars, caches);
    }

    private static Optional<Reranker> reranker(Event event) {
        return event instanceof Event.Accepted accepted ? Optional.of(accepted.reranker()) : Optional.empty();
    }

    private EncodedBatch.Item item(Event event, Instant now, long nowNanos) {
        if (event instanceof Event.Rejected rejected) {
            return new EncodedBatch.Item.ToReject(rejected, rejected.rejection());
        }
        Event.Accepted accepted = (Event.Accepted) event;
        Duration queue = Duration.ofNanos(Math.max(0, nowNanos - accepted.polledNanos()));
        RerankRequest request = accepted.request();
        if (isTooOld(event, now) || (request.deadline() != null && now.isAfter(request.deadline()))) {
            return new EncodedBatch.Item.TooLate(accepted, queue);
        }
        try {
            return new EncodedBatch.Item.ToScore(accepted, accepted.reranker().encode(request), queue);
        } catch (RuntimeException e) {
            // Who reads texts may quote them.
            String message = "model " + accepted.reranker().model().id() + " cannot tokenize it: "
                    + e.getClass().getSimpleName();
            return new EncodedBatch.Item.ToReject(accepted, new Rejection(Rejection.Reason.UNSCORABLE, message, e));
        }
    }

    /** Records of the oldest format have no timestamp, and never grow too old. */
    private boolean isTooOld(Event event, Instant now) {
        long timestamp = event.record().timestamp();
        return !limits.maxAge().isZero()
                && timestamp != ConsumerRecord.NO_TIMESTAMP
                && now.isAfter(Instant.ofEpochMilli(timestamp).plus(limits.maxAge()));
    }

    /** Sees to it that a broken tokenizer is not taken for bad requests. */
    private EncodedBatch.Item judged(EncodedBatch.Item item) {
        if (item.event() instanceof Event.Accepted event) {
            Soundness model = soundness.computeIfAbsent(
                    event.reranker(),
                    any -> new Soundness(any, limits.device().maxUnscorable(), Encoder::encodeSoundPair));
            if (item instanceof EncodedBatch.Item.ToScore) {
                model.succeeded();
            } else if (item instanceof EncodedBatch.Item.ToReject toReject
                    && toReject.rejection().cause() instanceof RuntimeException error) {
                model.failed(List.of(event), error.getClass().getSimpleName(), error);
            }
        }
        return item;
    }

    private static void encodeSoundPair(Reranker reranker) {
        reranker.encode("a query", List.of("a document 1"));
    }

    private static EncodedBatch.Item get(Future<EncodedBatch.Item> task) throws InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("tokenizing failed", e.getCause());
        }
    }
}
