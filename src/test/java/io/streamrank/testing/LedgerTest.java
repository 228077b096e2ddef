package io.streamrank.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the judge of the fault suite is not blind. */
class LedgerTest {
    private static final byte[] NOISE = {1, 2, 3};

    private final Ledger ledger = new Ledger();
    private final Answer first = ranked("r0");
    private final Answer second = ranked("r1");
    private final Answer bad = Answer.deadLetter(Reason.UNDECODABLE, NOISE);

    /** Three events in partition 1: two to be ranked, one to be put aside. */
    LedgerTest() {
        ledger.sent(at(1, 0), first);
        ledger.sent(at(1, 1), second);
        ledger.sent(at(1, 2), bad);
    }

    @Test
    void findsNothingWhereEachIsAnsweredOnce() {
        rank(0, first);
        rank(1, second);
        putAside(2, bad);
        ledger.counted(2, 0, 2, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).isEmpty();
        assertThat(ledger.answeredCount()).isEqualTo(ledger.sentCount());
    }

    @Test
    void findsTheLost() {
        rank(0, first);
        putAside(2, bad);
        ledger.counted(1, 0, 1, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).containsExactly("in-1@1: lost, expected RANKED r1 [d0]");
    }

    @Test
    void findsTheDoubled() {
        rank(0, first);
        rank(1, second);
        rank(1, second);
        putAside(2, bad);
        ledger.counted(3, 0, 3, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).singleElement().asString().startsWith("in-1@1: answered 2 times");
    }

    @Test
    void findsTheReordered() {
        rank(1, second);
        rank(0, first);
        putAside(2, bad);
        ledger.counted(2, 0, 2, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).containsExactly("in-1@0: out of order, answered after in-1@1 in ranked-1");
    }

    @Test
    void findsWhatIsInTheWrongPartition() {
        ledger.answered(new TopicPartition("ranked", 0), at(1, 0), first);
        rank(1, second);
        putAside(2, bad);
        ledger.counted(2, 0, 2, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).containsExactly("in-1@0: answered in another partition, ranked-0");
    }

    @Test
    void findsTheWronglyAnswered() {
        rank(0, first);
        rank(1, Answer.expired(request("r1")));
        putAside(2, Answer.deadLetter(Reason.UNKNOWN_SCHEMA, NOISE));
        ledger.counted(2, 1, 1, Map.of(Reason.UNKNOWN_SCHEMA, 1));

        assertThat(ledger.offences())
                .containsExactly(
                        "in-1@1: wrong answer, expected RANKED r1 [d0], got EXPIRED r1",
                        "in-1@2: wrong answer, expected " + bad + ", got "
                                + Answer.deadLetter(Reason.UNKNOWN_SCHEMA, NOISE));
    }

    @Test
    void findsTheScoresOfAnother() {
        RerankRequest request = request("r0");
        ledger.sent(at(1, 0), Answer.ranked(request, List.of(0.5f)));
        rank(0, Answer.ranked(request, List.of(0.51f)));
        rank(1, second);
        putAside(2, bad);
        ledger.counted(2, 0, 2, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences())
                .containsExactly("in-1@0: wrong answer, expected RANKED r0 [d0] [0.5], got RANKED r0 [d0] [0.51]");
    }

    @Test
    void leavesScoresTheirRounding() {
        RerankRequest request = request("r0");
        ledger.sent(at(1, 0), Answer.ranked(request, List.of(0.5f)));
        rank(0, Answer.ranked(request, List.of(0.50001f)));
        rank(1, second);
        putAside(2, bad);
        ledger.counted(2, 0, 2, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("rankedAmiss")
    void findsWhatIsRankedAmiss(List<RankedCandidate> candidates) {
        List<Candidate> sent = List.of(new Candidate("d0", "text", null), new Candidate("d1", "text", null));
        ledger.sent(
                at(1, 1),
                Answer.ranked(new RerankRequest("r1", new Query(null, "query"), sent, null, null, null, Map.of())));
        rank(0, first);
        ledger.answered(new TopicPartition("ranked", 1), ranking(at(1, 1), "r1", candidates));
        putAside(2, bad);
        ledger.counted(2, 0, 1 + candidates.size(), Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).singleElement().asString().startsWith("in-1@1: wrong answer");
    }

    static List<List<RankedCandidate>> rankedAmiss() {
        RankedCandidate best = new RankedCandidate("d0", 2, 1, 1, false);
        RankedCandidate next = new RankedCandidate("d1", 1, 2, 2, false);
        return List.of(
                List.of(best),
                List.of(best, best),
                List.of(next, best),
                List.of(best, new RankedCandidate("d1", 3, 2, 2, false)),
                List.of(best, new RankedCandidate("d1", Float.NaN, 2, 2, false)),
                List.of(best, new RankedCandidate("d1", 1, 3, 2, false)),
                List.of(best, new RankedCandidate("d1", 1, 2, 1, false)),
                List.of(best, new RankedCandidate("another", 1, 2, 2, false)));
    }

    private static Ranking ranking(SourcePosition source, String requestId, List<RankedCandidate> candidates) {
        return new Ranking(
                requestId,
                null,
                Ranking.Outcome.RANKED,
                new ModelRef("bert", "0", "bert"),
                "cpu",
                "float32",
                candidates,
                source,
                new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO),
                Map.of());
    }

    @Test
    void findsADeadLetterWithOtherBytes() {
        rank(0, first);
        rank(1, second);
        putAside(2, Answer.deadLetter(Reason.UNDECODABLE, new byte[] {1, 2, 4}));
        ledger.counted(2, 0, 2, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).singleElement().asString().startsWith("in-1@2: wrong answer");
    }

    @Test
    void findsWhatWasNeverSent() {
        rank(0, first);
        rank(1, second);
        putAside(2, bad);
        rank(7, ranked("r7"));
        ledger.counted(3, 0, 3, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).singleElement().asString().startsWith("in-1@7: answered, but never sent");
    }

    @Test
    void findsStatisticsThatDoNotAddUp() {
        rank(0, first);
        rank(1, second);
        putAside(2, bad);
        ledger.counted(1, 0, 1, Map.of(Reason.UNDECODABLE, 1));

        assertThat(ledger.offences()).singleElement().asString().startsWith("statistics say {pairs=1, requests=1");
    }

    private void rank(long offset, Answer answer) {
        ledger.answered(new TopicPartition("ranked", 1), at(1, offset), answer);
    }

    private void putAside(long offset, Answer answer) {
        ledger.answered(new TopicPartition("dlq", 1), at(1, offset), answer);
    }

    private static SourcePosition at(int partition, long offset) {
        return new SourcePosition("in", partition, offset);
    }

    private static Answer ranked(String id) {
        return Answer.ranked(request(id));
    }

    private static RerankRequest request(String id) {
        List<Candidate> candidates = List.of(new Candidate("d0", "text", null));
        return new RerankRequest(id, new Query(null, "query"), candidates, null, null, null, Map.of());
    }
}
