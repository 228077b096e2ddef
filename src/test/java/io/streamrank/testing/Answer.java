package io.streamrank.testing;

import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of an event, or what must. Equal where an event got what it should, whatever the scores.
 *
 * @param kind the class of outcome
 * @param what whose it is: the request and its candidates, or why it was put aside and a hash of its bytes
 * @param pairs how many pairs it took to score
 */
public record Answer(Kind kind, String what, int pairs) {
    /** The classes of outcome. */
    public enum Kind {
        RANKED,
        EXPIRED,
        DEAD_LETTER
    }

    /** That all candidates of this request are ranked. */
    public static Answer ranked(RerankRequest request) {
        return ranked(
                request.requestId(),
                request.candidates().stream().map(candidate -> candidate.id()).toList());
    }

    /** That this request is answered unscored. */
    public static Answer expired(RerankRequest request) {
        return new Answer(Kind.EXPIRED, request.requestId(), 0);
    }

    /** That these bytes are put aside for this reason. */
    public static Answer deadLetter(Reason reason, byte @Nullable [] value) {
        return deadLetter(reason.word(), value);
    }

    /** The same, the reason as headers spell it. */
    public static Answer deadLetter(String reason, byte @Nullable [] value) {
        return new Answer(Kind.DEAD_LETTER, reason + " " + Integer.toHexString(Arrays.hashCode(value)), 0);
    }

    /** What a record of the ranked topic says. */
    public static Answer of(Ranking ranking) {
        if (ranking.outcome() == Ranking.Outcome.EXPIRED) {
            return new Answer(Kind.EXPIRED, ranking.requestId(), 0);
        }
        List<String> ids =
                ranking.candidates().stream().map(RankedCandidate::id).toList();
        return ranked(ranking.requestId(), ids);
    }

    /** Why a dead letter was put aside, in the word that headers and statistics use. */
    public String reason() {
        return what.substring(0, what.indexOf(' '));
    }

    private static Answer ranked(String requestId, Collection<String> ids) {
        List<String> sorted = ids.stream().sorted().toList();
        return new Answer(Kind.RANKED, requestId + " " + sorted, sorted.size());
    }

    @Override
    public String toString() {
        return kind + " " + what;
    }
}
