package io.streamrank.ingest;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Turns taken requests into token ids, one task a request; answers the late ones unread. A request whose texts cannot be
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

    <R extends Rankable> EncodedBatch<R> encode(List<R> requests) throws InterruptedException {
        soundness.keySet().removeIf(Reranker::isClosed);
        long start = System.nanoTime();
        Instant now = clock.instant();
        // Nobody else encodes with these models, so what their caches find meanwhile they find for this batch.
        Map<Reranker, CacheStatistics> cachesBefore = new HashMap<>();
        requests.forEach(request -> cachesBefore.computeIfAbsent(request.reranker(), Reranker::tokenCache));
        List<Future<Item<R>>> tasks = new ArrayList<>(requests.size());
        for (R request : requests) {
            tasks.add(tokenizers.submit(() -> item(request, now, start)));
        }
        List<Item<R>> items = new ArrayList<>(requests.size());
        long chars = 0;
        for (Future<Item<R>> task : tasks) {
            Item<R> item = get(task);
            judge(item);
            chars += item instanceof Item.ToScore<R> toScore ? toScore.asked().chars() : 0;
            items.add(item);
        }
        Map<Reranker, CacheStatistics> caches = new HashMap<>();
        cachesBefore.forEach(
                (model, before) -> caches.put(model, model.tokenCache().since(before)));
        return new EncodedBatch<>(items, Duration.ofNanos(System.nanoTime() - start), chars, caches);
    }

    private <R extends Rankable> Item<R> item(R asked, Instant now, long nowNanos) {
        Duration queue = Duration.ofNanos(Math.max(0, nowNanos - asked.arrivedNanos()));
        RerankRequest request = asked.request();
        if (isTooOld(asked, now) || (request.deadline() != null && now.isAfter(request.deadline()))) {
            return new Item.TooLate<>(asked, queue);
        }
        try {
            return new Item.ToScore<>(asked, asked.reranker().encode(request), queue);
        } catch (RuntimeException e) {
            // Who reads texts may quote them.
            String message = "model " + asked.reranker().model().id() + " cannot tokenize it: "
                    + e.getClass().getSimpleName();
            return new Item.ToReject<>(asked, new Rejection(Rejection.Reason.UNSCORABLE, message, e));
        }
    }

    private boolean isTooOld(Rankable request, Instant now) {
        return !limits.maxAge().isZero()
                && request.sentAt()
                        .filter(sent -> now.isAfter(sent.plus(limits.maxAge())))
                        .isPresent();
    }

    /** Sees to it that a broken tokenizer is not taken for bad requests. */
    private void judge(Item<?> item) {
        Soundness model = soundness.computeIfAbsent(
                item.asked().reranker(),
                any -> new Soundness(any, limits.device().maxUnscorable(), Encoder::encodeSoundPair));
        if (item instanceof Item.ToScore<?>) {
            model.succeeded();
        } else if (item instanceof Item.ToReject<?> toReject
                && toReject.rejection().cause() instanceof RuntimeException error) {
            model.failed(List.of(toReject.asked()), error.getClass().getSimpleName(), error);
        }
    }

    private static void encodeSoundPair(Reranker reranker) {
        reranker.encode("a query", List.of("a document 1"));
    }

    private static <T> T get(Future<T> task) throws InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("tokenizing failed", e.getCause());
        }
    }
}
