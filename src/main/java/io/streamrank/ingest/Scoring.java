package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.CacheStatistics;
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
 * Scores one batch's pairs: all requests of a model together, in as few forward passes as the token budget
 * allows; a request larger than a forward pass is split over several and put together again. Equal pairs are scored once.
 * For the scoring thread alone.
 */
final class Scoring {
    private final Function<Reranker, BatchPolicy> policies;
    private final DeviceLimits limits;
    private final Heartbeats heartbeats;
    private final Clock clock;
    private final PipelineObserver observer;
    private final Map<Reranker, ForwardPasses> passes = new HashMap<>();

    Scoring(
            Function<Reranker, BatchPolicy> policies,
            DeviceLimits limits,
            Heartbeats heartbeats,
            Clock clock,
            PipelineObserver observer) {
        this.policies = policies;
        this.limits = limits;
        this.heartbeats = heartbeats;
        this.clock = clock;
        this.observer = observer;
    }

    /** @throws WorkerFailedException if a model or its device is beyond use */
    <R extends Rankable> Verdicts<R> score(EncodedBatch<R> batch) throws InterruptedException {
        passes.keySet().removeIf(Reranker::isClosed);
        Map<Reranker, List<Item.ToScore<R>>> byModel = new LinkedHashMap<>();
        for (Item<R> item : batch.items()) {
            if (item instanceof Item.ToScore<R> toScore) {
                byModel.computeIfAbsent(toScore.asked().reranker(), reranker -> new ArrayList<>())
                        .add(toScore);
            }
        }
        Map<Reranker, Answers<R>> answers = new LinkedHashMap<>();
        Map<Reranker, ScoredBatch.Cost> costs = new LinkedHashMap<>();
        for (var entry : byModel.entrySet()) {
            Scored<R> scored = score(entry.getKey(), entry.getValue(), batch);
            answers.put(entry.getKey(), new Answers<>(scored, batch.tokenize()));
            costs.put(entry.getKey(), scored.cost());
        }
        List<Verdict<R>> verdicts = new ArrayList<>(batch.items().size());
        batch.items().forEach(item -> verdicts.add(verdict(item, answers)));
        return new Verdicts<>(verdicts, costs);
    }

    private record Scored<R extends Rankable>(Share<R> share, ScoredBatch.Cost cost) {}

    /** On one device: where it is lost on the way, all that it has scored is scored again. */
    private <R extends Rankable> Scored<R> score(
            Reranker reranker, List<Item.ToScore<R>> requests, EncodedBatch<R> batch) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            String device = reranker.device();
            BatchPolicy policy = policies.apply(reranker);
            Share<R> share = new Share<>(requests);
            ForwardPasses.Effort effort = passes.computeIfAbsent(
                            reranker, any -> new ForwardPasses(reranker, limits, heartbeats, observer))
                    .score(share, policy);
            if (device.equals(reranker.device())) {
                Duration inference = Duration.ofNanos(System.nanoTime() - start);
                return new Scored<>(share, cost(reranker, share, effort, policy, batch, inference));
            }
        }
    }

    private ScoredBatch.Cost cost(
            Reranker reranker,
            Share<?> share,
            ForwardPasses.Effort effort,
            BatchPolicy policy,
            EncodedBatch<?> batch,
            Duration inference) {
        return new ScoredBatch.Cost(
                share.duplicates(),
                effort.cachedTokens(),
                effort.tokensRead(),
                effort.passes(),
                (long) effort.passes() * policy.maxBatchTokens(),
                effort.splits(),
                batch.tokenize(),
                batch.tokenCache().getOrDefault(reranker, CacheStatistics.NONE),
                effort.stateCache(),
                inference,
                clock.instant());
    }

    private static <R extends Rankable> Verdict<R> verdict(Item<R> item, Map<Reranker, Answers<R>> answers) {
        if (item instanceof Item.ToReject<R> toReject) {
            return new Verdict.Rejected<>(toReject.asked(), toReject.rejection());
        }
        if (item instanceof Item.TooLate<R> tooLate) {
            return new Verdict.TooLate<>(tooLate.asked(), tooLate.queue());
        }
        Item.ToScore<R> toScore = (Item.ToScore<R>) item;
        return requireNonNull(answers.get(toScore.asked().reranker())).next(toScore);
    }

    /** A model's answers, handed out request by request in the order they were collected. */
    private static final class Answers<R extends Rankable> {
        private final Share<R> share;
        private final Duration tokenize;
        private final Duration inference;
        private final float[] scores;
        private int request;
        private int from;

        Answers(Scored<R> scored, Duration tokenize) {
            this.share = scored.share();
            this.tokenize = tokenize;
            this.inference = scored.cost().inference();
            this.scores = share.scores();
        }

        Verdict<R> next(Item.ToScore<R> item) {
            float[] part = Arrays.copyOfRange(scores, from, from + item.pairs().size());
            from += part.length;
            Share.@Nullable Failure failure = share.failure(request++);
            return failure == null
                    ? new Verdict.Scored<>(
                            item.asked(), item.pairs(), part, new Timings(item.queue(), tokenize, inference))
                    : new Verdict.Rejected<>(item.asked(), unscorable(item.asked(), failure));
        }

        private static Rejection unscorable(Rankable asked, Share.Failure failure) {
            String candidate =
                    asked.request().candidates().get(failure.candidate()).id();
            return new Rejection(
                    Rejection.Reason.UNSCORABLE,
                    "model " + asked.reranker().model().id() + " fails on candidate '" + candidate + "' (number "
                            + (failure.candidate() + 1) + "): " + ErrorText.firstLine(failure.error()),
                    failure.error());
        }
    }
}
