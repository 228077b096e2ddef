package io.streamrank.testing;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What became of an event, or what must.
 *
 * @param kind the class of outcome
 * @param what whose it is: the request and its candidates, or why it was put aside and a hash of its bytes
 * @param pairs how many pairs it took to score
 * @param scores its candidates' scores in the order they were sent; empty where nobody knows what they must be
 */
public record Answer(Kind kind, String what, int pairs, List<Float> scores) {
    /** How far a score may be off: the company that a pair is scored in changes the last digits. */
    private static final float ROUNDING = 1e-4f;

    /** The classes of outcome. */
    public enum Kind {
        RANKED,
        EXPIRED,
        DEAD_LETTER
    }

    /** That all candidates of this request are ranked. */
    public static Answer ranked(RerankRequest request) {
        return ranked(request, List.of());
    }

    /** That all candidates of this request are ranked by these scores, given in the candidates' order. */
    public static Answer ranked(RerankRequest request, List<Float> scores) {
        List<String> ids = request.candidates().stream().map(Candidate::id).toList();
        return new Answer(Kind.RANKED, request.requestId() + " " + ids, ids.size(), scores);
    }

    /** That this request is answered unscored. */
    public static Answer expired(RerankRequest request) {
        return new Answer(Kind.EXPIRED, request.requestId(), 0, List.of());
    }

    /** That these bytes are put aside for this reason. */
    public static Answer deadLetter(Reason reason, byte @Nullable [] value) {
        return deadLetter(reason.word(), value);
    }

    /** The same, the reason as headers spell it. */
    public static Answer deadLetter(String reason, byte @Nullable [] value) {
        return new Answer(Kind.DEAD_LETTER, reason + " " + Integer.toHexString(Arrays.hashCode(value)), 0, List.of());
    }

    /** What a record of the ranked topic says. */
    public static Answer of(Ranking ranking) {
        if (ranking.outcome() == Ranking.Outcome.EXPIRED) {
            return new Answer(Kind.EXPIRED, ranking.requestId(), 0, List.of());
        }
        List<RankedCandidate> asSent = ranking.candidates().stream()
                .sorted(Comparator.comparingInt(RankedCandidate::previousRank))
                .toList();
        List<String> ids = asSent.stream().map(RankedCandidate::id).toList();
        String disorder = isInOrder(ranking.candidates()) ? "" : ", ranked amiss: " + ranking.candidates();
        return new Answer(
                Kind.RANKED,
                ranking.requestId() + " " + ids + disorder,
                ids.size(),
                asSent.stream().map(RankedCandidate::score).toList());
    }

    /** Ranks from 1 on without a gap, previous ranks all different, the best score first. */
    private static boolean isInOrder(List<RankedCandidate> ranked) {
        Set<Integer> previous = new HashSet<>();
        for (int i = 0; i < ranked.size(); i++) {
            RankedCandidate candidate = ranked.get(i);
            boolean descends = i == 0 || candidate.score() <= ranked.get(i - 1).score();
            if (candidate.rank() != i + 1
                    || !descends
                    || candidate.previousRank() > ranked.size()
                    || !previous.add(candidate.previousRank())) {
                return false;
            }
        }
        return true;
    }

    /** Whether an event that must get this has got it when it got that: the same, and scores up to rounding. */
    boolean isMetBy(Answer got) {
        boolean alike = kind == got.kind && what.equals(got.what) && pairs == got.pairs;
        return alike && (scores.isEmpty() || areAlike(scores, got.scores));
    }

    private static boolean areAlike(List<Float> wanted, List<Float> got) {
        return wanted.size() == got.size()
                && IntStream.range(0, wanted.size()).allMatch(i -> Math.abs(wanted.get(i) - got.get(i)) <= ROUNDING);
    }

    /** Why a dead letter was put aside, in the word that headers and statistics use. */
    public String reason() {
        return what.substring(0, what.indexOf(' '));
    }

    @Override
    public String toString() {
        return kind + " " + what + (scores.isEmpty() ? "" : " " + scores);
    }
}
