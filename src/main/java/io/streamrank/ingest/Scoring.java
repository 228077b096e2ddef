package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.Reranker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Scores one transaction's pairs: all requests of a model together, in as few forward passes as the token budget
 * allows; a request larger than a forward pass is split over several and put together again. Equal pairs are scored once.
 * For the scoring thread alone.
 */
final class Scoring {
    private final Function<Reranker, BatchPolicy> policies;
    private final DeviceLimits limits;
    private final Heartbeats heartbeats;
    private final Clock clock;
    private final Map<Reranker, ForwardPasses> passes = new HashMap<>();

    Scoring(Function<Reranker, BatchPolicy> policies, DeviceLimits limits, Heartbeats heartbeats, Clock clock) {
        this.policies = policies;
        this.limits = limits;
        this.heartbeats = heartbeats;
        this.clock = clock;
    }

    /** @throws WorkerFailedException if a model or its device is beyond use */
    ScoredBatch score(EncodedBatch batch) throws InterruptedException {
        Map<Reranker, List<Item.ToScore>> byModel = new LinkedHashMap<>();
        for (Item item : batch.items()) {
            if (item instanceof Item.ToScore toScore) {
                byModel.computeIfAbsent(toScore.event().reranker(), reranker -> new ArrayList<>())
                        .add(toScore);
            }
        }
        Map<Reranker, Answers> answers = new LinkedHashMap<>();
        Map<Reranker, ScoredBatch.Cost> costs = new LinkedHashMap<>();
        for (var entry : byModel.entrySet()) {
            Share share = new Share(entry.getValue());
            ScoredBatch.Cost cost = score(entry.getKey(), share, batch);
            answers.put(
                    entry.getKey(), new Answers(share, new Timings(Duration.ZERO, batch.tokenize(), cost.inference())));
            costs.put(entry.getKey(), cost);
        }
        return new ScoredBatch(
                batch.items().stream().map(item -> outcome(item, answers)).toList(), costs);
    }

    private ScoredBatch.Cost score(Reranker reranker, Share share, EncodedBatch batch) throws InterruptedException {
        BatchPolicy policy = policies.apply(reranker);
        long start = System.nanoTime();
        ForwardPasses.Effort effort = passes.computeIfAbsent(
                        reranker, any -> new ForwardPasses(reranker, limits, heartbeats))
                .score(share, policy);
        return new ScoredBatch.Cost(
                share.duplicates(),
                effort.cachedTokens(),
                effort.passes(),
                (long) effort.passes() * policy.maxBatchTokens(),
                batch.tokenize(),
                batch.tokenCacheHits().getOrDefault(reranker, 0L),
                Duration.ofNanos(System.nanoTime() - start),
                clock.instant());
    }

    private static Outcome outcome(Item item, Map<Reranker, Answers> answers) {
        if (item instanceof Item.ToReject toReject) {
            return new Outcome.DeadLetter(toReject.event(), toReject.rejection());
        }
        if (item instanceof Item.TooLate tooLate) {
            return new Outcome.Expired(tooLate.event(), Rankings.expired(tooLate.event(), tooLate.queue()));
        }
        Item.ToScore toScore = (Item.ToScore) item;
        return requireNonNull(answers.get(toScore.event().reranker())).next(toScore);
    }

    /** A model's answers, handed out request by request in the order they were collected. */
    private static final class Answers {
        private final Share share;
        private final Timings timings;
        private final float[] scores;
        private int request;
        private int from;

        Answers(Share share, Timings timings) {
            this.share = share;
            this.timings = timings;
            this.scores = share.scores();
        }

        Outcome next(Item.ToScore item) {
            float[] part = Arrays.copyOfRange(scores, from, from + item.pairs().size());
            from += part.length;
            Share.@Nullable Failure failure = share.failure(request++);
            return failure == null
                    ? Rankings.ranked(
                            item.event(),
                            item.pairs(),
                            part,
                            new Timings(item.queue(), timings.tokenize(), timings.inference()))
                    : new Outcome.DeadLetter(item.event(), unscorable(item.event(), failure));
        }

        private static Rejection unscorable(Event.Accepted event, Share.Failure failure) {
            String candidate =
                    event.request().candidates().get(failure.candidate()).id();
            return new Rejection(
                    Rejection.Reason.UNSCORABLE,
                    "model " + event.reranker().model().id() + " fails on candidate '" + candidate + "' (number "
                            + (failure.candidate() + 1) + "): " + ErrorText.firstLine(failure.error()),
                    failure.error());
        }
    }
}
