package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PairTokens;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Scores one transaction's pairs: all requests of a model together, in as few forward passes as the token budget
 * allows; a request larger than a forward pass is split over several and put together again. Equal pairs are scored once.
 */
final class Scoring {
    private final Function<Reranker, BatchPolicy> policies;
    private final Clock clock;

    Scoring(Function<Reranker, BatchPolicy> policies, Clock clock) {
        this.policies = policies;
        this.clock = clock;
    }

    ScoredBatch score(EncodedBatch batch) {
        Map<Reranker, List<EncodedPair>> pairsByModel = new LinkedHashMap<>();
        for (Item item : batch.items()) {
            if (item instanceof Item.ToScore toScore) {
                pairsByModel
                        .computeIfAbsent(toScore.event().reranker(), reranker -> new ArrayList<>())
                        .addAll(toScore.pairs());
            }
        }
        Map<Reranker, Scores> scores = new LinkedHashMap<>();
        Map<Reranker, ScoredBatch.Cost> costs = new LinkedHashMap<>();
        pairsByModel.forEach((reranker, pairs) -> {
            Scores scored = score(reranker, pairs, batch);
            scores.put(reranker, scored);
            costs.put(reranker, scored.cost);
        });
        return new ScoredBatch(
                batch.items().stream()
                        .map(item -> outcome(item, scores, batch.tokenize()))
                        .toList(),
                costs);
    }

    private Scores score(Reranker reranker, List<EncodedPair> pairs, EncodedBatch batch) {
        BatchPolicy policy = policies.apply(reranker);
        DistinctPairs distinct = DistinctPairs.of(pairs);
        List<PairTokens> asked = PrefixSharing.of(reranker, distinct.pairs());
        List<PlannedBatch> plan = BatchPlanner.plan(asked, policy);
        float[] scores = new float[distinct.pairs().size()];
        long start = System.nanoTime();
        for (PlannedBatch planned : plan) {
            float[] part = reranker.score(
                    planned.pairs().stream().map(distinct.pairs()::get).toList());
            if (part.length != planned.pairs().size()) {
                throw new IllegalStateException("model " + reranker.model().id() + " gave " + part.length
                        + " scores for " + planned.pairs().size() + " pairs");
            }
            for (int i = 0; i < part.length; i++) {
                scores[planned.pairs().get(i)] = part[i];
            }
        }
        Duration inference = Duration.ofNanos(System.nanoTime() - start);
        return new Scores(
                distinct.toAll(scores),
                new ScoredBatch.Cost(
                        distinct.duplicates(),
                        asked.stream().mapToLong(PairTokens::knownTokens).sum(),
                        plan.size(),
                        (long) plan.size() * policy.maxBatchTokens(),
                        batch.tokenize(),
                        batch.tokenCacheHits().getOrDefault(reranker, 0L),
                        inference,
                        clock.instant()));
    }

    private static Outcome outcome(Item item, Map<Reranker, Scores> scores, Duration tokenize) {
        if (item instanceof Item.ToReject toReject) {
            return new Outcome.DeadLetter(toReject.event(), toReject.rejection());
        }
        if (item instanceof Item.TooLate tooLate) {
            return new Outcome.Expired(tooLate.event(), Rankings.expired(tooLate.event(), tooLate.queue()));
        }
        Item.ToScore toScore = (Item.ToScore) item;
        Scores scored = requireNonNull(scores.get(toScore.event().reranker()));
        Timings timings = new Timings(toScore.queue(), tokenize, scored.cost.inference());
        return Rankings.ranked(
                toScore.event(), toScore.pairs(), scored.next(toScore.pairs().size()), timings);
    }

    /** A model's scores, handed out again request by request in the order they were collected. */
    private static final class Scores {
        private final float[] scores;
        private final ScoredBatch.Cost cost;
        private int from;

        Scores(float[] scores, ScoredBatch.Cost cost) {
            this.scores = scores;
            this.cost = cost;
        }

        float[] next(int count) {
            float[] part = Arrays.copyOfRange(scores, from, from + count);
            from += count;
            return part;
        }
    }
}
