package io.streamrank.ingest;

import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * One transaction's outcomes, ready to be published.
 *
 * @param outcomes in the order the events were taken, which is each partition's order
 * @param costs what each model's forward passes cost
 */
record ScoredBatch(List<Outcome> outcomes, Map<Reranker, Cost> costs) {

    /**
     * What one model's share of a transaction cost.
     *
     * @param duplicates pairs that were equal to another of the transaction and took its score
     * @param cachedTokens leading tokens of the pairs scored that were not read, as the model knew what comes after them
     * @param tokensRead tokens of the pairs scored that were read
     * @param batches forward passes
     * @param tokenBudget tokens they could have held
     * @param splits forward passes that ran out of memory and were done again in smaller ones
     * @param tokenize text to token ids, for the whole transaction
     * @param tokenCache how token ids of documents were remembered
     * @param stateCache how the model remembered documents
     * @param inference the forward passes
     * @param scoredAt when they ended
     */
    record Cost(
            int duplicates,
            long cachedTokens,
            long tokensRead,
            int batches,
            long tokenBudget,
            int splits,
            Duration tokenize,
            CacheStatistics tokenCache,
            CacheStatistics stateCache,
            Duration inference,
            Instant scoredAt) {
        /** Nothing was scored. */
        static Cost none(Instant now) {
            return new Cost(
                    0, 0, 0, 0, 0, 0, Duration.ZERO, CacheStatistics.NONE, CacheStatistics.NONE, Duration.ZERO, now);
        }
    }

    /** From what became of those events that a model was asked to rank; the others are rejected as they came. */
    static ScoredBatch of(List<Event> events, Verdicts<Event.Accepted> verdicts) {
        Iterator<Verdict<Event.Accepted>> next = verdicts.all().iterator();
        List<Outcome> outcomes = new ArrayList<>(events.size());
        for (Event event : events) {
            outcomes.add(
                    event instanceof Event.Rejected rejected
                            ? new Outcome.DeadLetter(rejected, rejected.rejection())
                            : outcome(next.next()));
        }
        return new ScoredBatch(outcomes, verdicts.costs());
    }

    private static Outcome outcome(Verdict<Event.Accepted> verdict) {
        Event.Accepted event = verdict.asked();
        if (verdict instanceof Verdict.Scored<Event.Accepted> scored) {
            return Rankings.ranked(event, scored.pairs(), scored.scores(), scored.timings());
        }
        return verdict instanceof Verdict.TooLate<Event.Accepted> late
                ? new Outcome.Expired(event, Rankings.expired(event, late.queue()))
                : new Outcome.DeadLetter(event, ((Verdict.Rejected<Event.Accepted>) verdict).rejection());
    }

    List<Event> events() {
        return outcomes.stream().map(Outcome::event).toList();
    }
}
