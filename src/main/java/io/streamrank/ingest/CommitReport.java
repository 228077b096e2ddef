package io.streamrank.ingest;

import java.time.Duration;

/**
 * What one committed transaction brought.
 *
 * @param requests candidate lists answered, expired ones included
 * @param expired those answered unscored because their deadline had passed
 * @param deadLetters events sent to the dead letters
 * @param pairs query-document pairs scored
 * @param tokens tokens in them
 * @param inference time in forward passes
 * @param publish time from the first send to the end of the commit, retries included
 */
public record CommitReport(
        int requests, int expired, int deadLetters, int pairs, long tokens, Duration inference, Duration publish) {

    static CommitReport of(ScoredBatch batch, Iterable<Outcome> published, Duration publish) {
        int requests = 0;
        int expired = 0;
        int deadLetters = 0;
        int pairs = 0;
        long tokens = 0;
        for (Outcome outcome : published) {
            if (outcome instanceof Outcome.DeadLetter) {
                deadLetters++;
            } else {
                requests++;
            }
            if (outcome instanceof Outcome.Expired) {
                expired++;
            }
            if (outcome instanceof Outcome.Ranked ranked) {
                pairs += ranked.pairs();
                tokens += ranked.tokens();
            }
        }
        Duration inference =
                batch.costs().values().stream().map(ScoredBatch.Cost::inference).reduce(Duration.ZERO, Duration::plus);
        return new CommitReport(requests, expired, deadLetters, pairs, tokens, inference, publish);
    }
}
