package io.streamrank.ingest;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.Rejection;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds up what a transaction really publishes, model by model. */
final class StatisticsTally {
    private final Reranker reranker;
    private int requests;
    private int expired;
    private int pairs;
    private long tokens;
    private int truncated;
    private Duration queueMax = Duration.ZERO;

    private StatisticsTally(Reranker reranker) {
        this.reranker = reranker;
    }

    /**
     * One record for each model that answered. The transaction's rejections go with the first; where no model answered,
     * with the default model, at no pairs.
     */
    static List<BatchStatistics> of(
            ScoredBatch batch, List<Outcome> published, Reranker byDefault, String worker, Instant now) {
        Map<Reranker, StatisticsTally> byModel = new LinkedHashMap<>();
        Map<Rejection.Reason, Integer> rejections = new EnumMap<>(Rejection.Reason.class);
        for (Outcome outcome : published) {
            if (outcome instanceof Outcome.DeadLetter deadLetter) {
                rejections.merge(deadLetter.rejection().reason(), 1, Integer::sum);
            } else {
                Event.Accepted event = (Event.Accepted) outcome.event();
                byModel.computeIfAbsent(event.reranker(), StatisticsTally::new).add(outcome);
            }
        }
        if (byModel.isEmpty()) {
            byModel.put(byDefault, new StatisticsTally(byDefault));
        }
        List<BatchStatistics> statistics = new ArrayList<>();
        for (StatisticsTally tally : byModel.values()) {
            statistics.add(tally.toStatistics(batch, worker, now, statistics.isEmpty() ? rejections : Map.of()));
        }
        return statistics;
    }

    private void add(Outcome outcome) {
        requests++;
        if (outcome instanceof Outcome.Ranked ranked) {
            pairs += ranked.pairs();
            tokens += ranked.tokens();
            truncated += ranked.truncated();
            queueMax = max(queueMax, ranked.ranking().timings().queue());
        } else if (outcome instanceof Outcome.Expired late) {
            expired++;
            queueMax = max(queueMax, late.ranking().timings().queue());
        }
    }

    private BatchStatistics toStatistics(
            ScoredBatch batch, String worker, Instant now, Map<Rejection.Reason, Integer> rejections) {
        ScoredBatch.Cost cost = batch.costs().getOrDefault(reranker, ScoredBatch.Cost.none(now));
        return new BatchStatistics(
                reranker.model(),
                worker,
                reranker.device(),
                reranker.dtype(),
                cost.scoredAt(),
                requests,
                expired,
                pairs,
                cost.duplicates(),
                tokens,
                cost.cachedTokens(),
                truncated,
                cost.batches(),
                cost.tokenBudget(),
                queueMax,
                cost.tokenize(),
                cost.tokenCacheHits(),
                cost.inference(),
                rejections);
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
