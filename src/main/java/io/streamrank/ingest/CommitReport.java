package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.SourcePosition;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What one committed transaction brought.
 *
 * @param requests candidate lists answered, expired ones included
 * @param expired those answered unscored because their deadline had passed
 * @param rejections events sent to the dead letters, by reason
 * @param pairs query-document pairs scored
 * @param tokens tokens in them
 * @param inference time in forward passes
 * @param publish time from the first send to the end of the commit, retries included
 * @param delivery time from the sending of what was committed to the end of the commit
 * @param statistics what the transaction told of itself, one for each model
 */
public record CommitReport(
        int requests,
        int expired,
        Map<Rejection.Reason, Rejected> rejections,
        int pairs,
        long tokens,
        Duration inference,
        Duration publish,
        Duration delivery,
        List<BatchStatistics> statistics) {

    /**
     * Events rejected for one reason.
     *
     * @param first where the first of them stood
     */
    public record Rejected(int count, SourcePosition first) {
        public Rejected {
            requireNonNull(first, "first");
        }

        private Rejected and(Rejected later) {
            return new Rejected(count + later.count, first);
        }
    }

    public CommitReport {
        rejections = Map.copyOf(rejections);
        statistics = List.copyOf(statistics);
    }

    /** Events sent to the dead letters. */
    public int deadLetters() {
        return rejections.values().stream().mapToInt(Rejected::count).sum();
    }

    static CommitReport of(
            ScoredBatch batch, OutgoingRecords.Transaction content, Duration publish, Duration delivery) {
        int requests = 0;
        int expired = 0;
        Map<Rejection.Reason, Rejected> rejections = new EnumMap<>(Rejection.Reason.class);
        int pairs = 0;
        long tokens = 0;
        for (Outcome outcome : content.sent()) {
            if (outcome instanceof Outcome.DeadLetter letter) {
                rejections.merge(
                        letter.rejection().reason(),
                        new Rejected(1, outcome.event().source()),
                        Rejected::and);
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
        return new CommitReport(
                requests, expired, rejections, pairs, tokens, inference, publish, delivery, content.statistics());
    }
}
