package io.streamrank.ingest;

import io.streamrank.model.Reranker;
import java.time.Duration;
import java.time.Instant;
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
     * @param batches forward passes
     * @param tokenBudget tokens they could have held
     * @param tokenize text to token ids, for the whole transaction
     * @param tokenCacheHits documents whose token ids were remembered
     * @param inference the forward passes
     * @param scoredAt when they ended
     */
    record Cost(
            int duplicates,
            long cachedTokens,
            int batches,
            long tokenBudget,
            Duration tokenize,
            long tokenCacheHits,
            Duration inference,
            Instant scoredAt) {
        /** Nothing was scored. */
        static Cost none(Instant now) {
            return new Cost(0, 0, 0, 0, Duration.ZERO, 0, Duration.ZERO, now);
        }
    }

    List<Event> events() {
        return outcomes.stream().map(Outcome::event).toList();
    }
}
