package io.streamrank.ingest;

import io.streamrank.contract.RerankRequest;
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

/** Turns taken events into token ids, one task a request; answers the late ones unread. */
final class Encoder {
    private final ExecutorService tokenizers;
    private final Clock clock;

    Encoder(ExecutorService tokenizers, Clock clock) {
        this.tokenizers = tokenizers;
        this.clock = clock;
    }

    EncodedBatch encode(List<Event> events) throws InterruptedException {
        long start = System.nanoTime();
        Instant now = clock.instant();
        // Nobody else encodes with these models, so what their caches find meanwhile they find for this batch.
        Map<Reranker, Long> hitsBefore = new HashMap<>();
        events.forEach(event -> reranker(event)
                .ifPresent(model -> hitsBefore.computeIfAbsent(
                        model, any -> any.tokenCache().hits())));
        List<Future<EncodedBatch.Item>> tasks = new ArrayList<>(events.size());
        for (Event event : events) {
            tasks.add(tokenizers.submit(() -> item(event, now, start)));
        }
        List<EncodedBatch.Item> items = new ArrayList<>(events.size());
        long chars = 0;
        for (Future<EncodedBatch.Item> task : tasks) {
            EncodedBatch.Item item = get(task);
            chars += item instanceof EncodedBatch.Item.ToScore toScore
                    ? toScore.event().chars()
                    : 0;
            items.add(item);
        }
        Map<Reranker, Long> hits = new HashMap<>();
        hitsBefore.forEach((model, before) -> hits.put(model, model.tokenCache().hits() - before));
        return new EncodedBatch(items, Duration.ofNanos(System.nanoTime() - start), chars, hits);
    }

    private static Optional<Reranker> reranker(Event event) {
        return event instanceof Event.Accepted accepted ? Optional.of(accepted.reranker()) : Optional.empty();
    }

    private static EncodedBatch.Item item(Event event, Instant now, long nowNanos) {
        if (event instanceof Event.Rejected rejected) {
            return new EncodedBatch.Item.ToReject(rejected);
        }
        Event.Accepted accepted = (Event.Accepted) event;
        Duration queue = Duration.ofNanos(Math.max(0, nowNanos - accepted.polledNanos()));
        RerankRequest request = accepted.request();
        if (request.deadline() != null && now.isAfter(request.deadline())) {
            return new EncodedBatch.Item.TooLate(accepted, queue);
        }
        return new EncodedBatch.Item.ToScore(accepted, accepted.reranker().encode(request), queue);
    }

    private static EncodedBatch.Item get(Future<EncodedBatch.Item> task) throws InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("tokenizing failed", e.getCause());
        }
    }
}
