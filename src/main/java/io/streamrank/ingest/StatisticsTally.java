package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.CacheUse;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Adds up what a transaction really publishes, model by model. */
final class StatisticsTally {
    private final Reranker reranker;
    private final Instant now;
    private final List<Duration> queue = new ArrayList<>();
    private final List<Duration> endToEnd = new ArrayList<>();
    private final Map<Rejection.Reason, Integer> rejections = new EnumMap<>(Rejection.Reason.class);
    private int requests;
    private int expired;
    private int candidates;
    private int pairs;
    private long tokens;
    private int truncated;

    private StatisticsTally(Reranker reranker, Instant now) {
        this.reranker = reranker;
        this.now = now;
    }

    /**
     * One record for each model that was asked. Rejections of events that name no model this worker holds go with the
     * first; where there is no other, with the default model, at no pairs.
     *
     * @param lastPublish how long the transaction before took
     */
    static List<BatchStatistics> of(
            ScoredBatch batch,
            List<Outcome> published,
            Reranker byDefault,
            String worker,
            Instant now,
            Duration lastPublish) {
        Map<Reranker, StatisticsTally> byModel = new LinkedHashMap<>();
        List<Rejection.Reason> ofNoModel = new ArrayList<>();
        for (Outcome outcome : published) {
            if (outcome.event() instanceof Event.Accepted event) {
                byModel.computeIfAbsent(event.reranker(), model -> new StatisticsTally(model, now))
                        .add(outcome, event);
            } else {
                ofNoModel.add(((Outcome.DeadLetter) outcome).rejection().reason());
            }
        }
        if (byModel.isEmpty()) {
            byModel.put(byDefault, new StatisticsTally(byDefault, now));
        }
        StatisticsTally first = byModel.values().iterator().next();
        ofNoModel.forEach(first::reject);
        List<BatchStatistics> statistics = new ArrayList<>();
        for (StatisticsTally tally : byModel.values()) {
            statistics.add(tally.toStatistics(batch, worker, tally == first ? lastPublish : Duration.ZERO));
        }
        return statistics;
    }

    private void add(Outcome outcome, Event.Accepted event) {
        if (outcome instanceof Outcome.DeadLetter deadLetter) {
            reject(deadLetter.rejection().reason());
        } else if (outcome instanceof Outcome.Ranked ranked) {
            pairs += ranked.pairs();
            tokens += ranked.tokens();
            truncated += ranked.truncated();
            answer(event, ranked.ranking());
        } else if (outcome instanceof Outcome.Expired late) {
            expired++;
            answer(event, late.ranking());
        }
    }

    private void reject(Rejection.Reason reason) {
        rejections.merge(reason, 1, Integer::sum);
    }

    private void answer(Event.Accepted event, Ranking ranking) {
        requests++;
        candidates += event.request().candidates().size();
        queue.add(ranking.timings().queue());
        long timestamp = event.record().timestamp();
        if (timestamp != ConsumerRecord.NO_TIMESTAMP) {
            // The timestamp is another machine's, whose clock may be ahead of this one's.
            endToEnd.add(max(Duration.ZERO, Duration.between(Instant.ofEpochMilli(timestamp), now)));
        }
    }

    private BatchStatistics toStatistics(ScoredBatch batch, String worker, Duration lastPublish) {
        ScoredBatch.Cost cost = requireNonNull(batch.costs().getOrDefault(reranker, ScoredBatch.Cost.none(now)));
        return new BatchStatistics(
                reranker.model(),
                worker,
                reranker.device(),
                reranker.dtype(),
                cost.scoredAt(),
                requests,
                expired,
                candidates,
                pairs,
                cost.duplicates(),
                tokens,
                cost.cachedTokens(),
                cost.tokensRead(),
                truncated,
                cost.batches(),
                cost.tokenBudget(),
                cost.splits(),
                queue.stream().reduce(Duration.ZERO, StatisticsTally::max),
                queue,
                endToEnd,
                cost.tokenize(),
                use(cost.tokenCache()),
                use(cost.stateCache()),
                cost.inference(),
                lastPublish,
                rejections);
    }

    private static CacheUse use(CacheStatistics cache) {
        return new CacheUse(cache.hits(), cache.misses(), cache.evictions(), cache.bytes());
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
