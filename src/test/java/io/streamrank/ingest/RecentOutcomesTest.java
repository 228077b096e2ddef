package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Rejection.Reason;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RecentOutcomesTest {
    private static final Clock CLOCK = Clock.fixed(TestingEvents.NOW, ZoneOffset.UTC);
    private static final long PLENTY = 1 << 20;

    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(0);

    @Test
    void keepsTheNewestFirst() {
        RecentOutcomes recent = new RecentOutcomes(3, PLENTY, false, CLOCK);

        recent.outcomesCommitted(ranked(0, 2));
        recent.outcomesCommitted(ranked(2, 4));

        assertThat(recent.rankings(10))
                .extracting(ranking -> ranking.source().offset())
                .containsExactly(3L, 2L, 1L);
        assertThat(recent.rankings(2))
                .extracting(ranking -> ranking.source().offset())
                .containsExactly(3L, 2L);
    }

    @Test
    void keepsNoMoreBytesThanItMay() {
        RecentOutcomes all = new RecentOutcomes(1_000, PLENTY, false, CLOCK);
        all.outcomesCommitted(ranked(0, 1));
        long one = all.rankings(1).get(0).bytes();
        RecentOutcomes recent = new RecentOutcomes(1_000, 3 * one, false, CLOCK);

        recent.outcomesCommitted(ranked(0, 10));

        assertThat(recent.rankings(1_000))
                .extracting(ranking -> ranking.source().offset())
                .containsExactly(9L, 8L, 7L);
    }

    @Test
    void tellsWhatARankingHolds() {
        RecentOutcomes recent = new RecentOutcomes(3, PLENTY, false, CLOCK);

        recent.outcomesCommitted(List.of(ranked(7, "a 1", "b 2")));

        RecentRanking ranking = recent.rankings(1).get(0);
        assertThat(ranking.requestId()).isEqualTo("r");
        assertThat(ranking.queryId()).contains("q-1");
        assertThat(ranking.model()).isEqualTo(reranker.model());
        assertThat(ranking.committedAt()).isEqualTo(TestingEvents.NOW);
        assertThat(ranking.timings()).isEqualTo(TestingEvents.TIMINGS);
        assertThat(ranking.candidates())
                .containsExactly(
                        new RecentRanking.Candidate("d1", 2, 1, 2, false, Optional.empty()),
                        new RecentRanking.Candidate("d0", 1, 2, 1, false, Optional.empty()));
    }

    @Test
    void keepsTextsOnlyIfToldTo() {
        CommittedOutcome outcome = ranked(0, "secret 1");
        RecentOutcomes without = new RecentOutcomes(3, PLENTY, false, CLOCK);
        RecentOutcomes with = new RecentOutcomes(3, PLENTY, true, CLOCK);

        without.outcomesCommitted(List.of(outcome));
        with.outcomesCommitted(List.of(outcome));

        assertThat(without.keepsTexts()).isFalse();
        assertThat(without.rankings(1).toString()).doesNotContain("secret").doesNotContain("query=Optional[");
        assertThat(with.rankings(1).get(0).query()).contains("query");
        assertThat(with.rankings(1).get(0).candidates().get(0).text()).contains("secret 1");
    }

    @Test
    void cutsWhatIsLong() {
        String[] many = IntStream.range(0, 50).mapToObj(i -> "a " + i).toArray(String[]::new);
        RecentOutcomes recent = new RecentOutcomes(3, PLENTY, true, CLOCK);

        recent.outcomesCommitted(List.of(ranked(0, many), ranked(1, "x".repeat(299) + "😀".repeat(100) + " 1")));

        assertThat(recent.rankings(2).get(1).candidates())
                .hasSize(RecentOutcomes.CANDIDATES_MAX)
                .first()
                .satisfies(best -> assertThat(best.id()).isEqualTo("d49"));
        assertThat(recent.rankings(2).get(0).candidates().get(0).text()).contains("x".repeat(299) + "…");
    }

    @Test
    void countsDeadLettersByReasonAndKeepsTheLast() {
        RecentOutcomes recent = new RecentOutcomes(2, PLENTY, false, CLOCK);
        Outcome unscorable = new Outcome.DeadLetter(
                TestingEvents.accepted(lease, 9, reranker, "a 1"),
                TestingEvents.rejected(lease, 9, Reason.UNSCORABLE).rejection());

        recent.outcomesCommitted(Stream.concat(IntStream.range(0, 5).mapToObj(this::undecodable), Stream.of(unscorable))
                .map(Outcome::committed)
                .toList());

        assertThat(recent.deadLetterCounts()).isEqualTo(Map.of(Reason.UNDECODABLE, 5L, Reason.UNSCORABLE, 1L));
        assertThat(recent.deadLetters(10)).hasSize(2);
        RecentDeadLetter last = recent.deadLetters(10).get(0);
        assertThat(last.reason()).isEqualTo(Reason.UNSCORABLE);
        assertThat(last.model()).contains(reranker.model());
        assertThat(last.message()).isEqualTo("because");
        assertThat(last.source()).hasToString(TestingEvents.TOPIC + "-0@9");
        assertThat(recent.deadLetters(10).get(1).model()).isEmpty();
        assertThat(recent.rankings(10)).isEmpty();
    }

    @Test
    void tellsOfExpiredRequestsToo() {
        RecentOutcomes recent = new RecentOutcomes(2, PLENTY, true, CLOCK);
        Event.Accepted late = TestingEvents.accepted(lease, 0, reranker, "a 1");

        recent.outcomesCommitted(
                List.of(new Outcome.Expired(late, Rankings.expired(late, Duration.ofSeconds(3))).committed()));

        assertThat(recent.rankings(1).get(0).candidates()).isEmpty();
        assertThat(recent.rankings(1).get(0).timings().queue()).isEqualTo(Duration.ofSeconds(3));
    }

    private Outcome undecodable(int offset) {
        Event.Rejected event = TestingEvents.rejected(lease, offset, Reason.UNDECODABLE);
        return new Outcome.DeadLetter(event, event.rejection());
    }

    private List<CommittedOutcome> ranked(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(offset -> ranked(offset, "a 1"))
                .toList();
    }

    private CommittedOutcome ranked(long offset, String... texts) {
        return TestingEvents.ranked(TestingEvents.accepted(lease, offset, reranker, texts))
                .committed();
    }
}
