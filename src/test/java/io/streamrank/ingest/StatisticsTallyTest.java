package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.CacheUse;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.Timings;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsTallyTest {
    private static final Duration LAST_PUBLISH = Duration.ofMillis(31);
    private static final String LONG_TEXT = "x".repeat(100) + " 2";

    private final TestingReranker first = new TestingReranker("first");
    private final TestingReranker second = new TestingReranker("second");
    private final Lease lease = TestingEvents.lease(0);

    @Test
    void addsUpEachModelsShare() {
        Outcome one = TestingEvents.ranked(TestingEvents.accepted(lease, 0, first, "a 1", LONG_TEXT));
        Outcome two = TestingEvents.ranked(TestingEvents.accepted(lease, 1, second, "a 1"));
        Outcome three = TestingEvents.ranked(TestingEvents.accepted(lease, 2, first, "a 1"));
        ScoredBatch batch = new ScoredBatch(List.of(one, two, three), Map.of(first, TestingEvents.cost()));

        List<BatchStatistics> statistics = tally(batch, batch.outcomes());

        assertThat(statistics).extracting(BatchStatistics::model).containsExactly(first.model(), second.model());
        BatchStatistics share = statistics.get(0);
        assertThat(share.requests()).isEqualTo(2);
        assertThat(share.pairs()).isEqualTo(3);
        assertThat(share.tokens()).isEqualTo(8 + first.maxLength() + 8);
        assertThat(share.truncated()).isEqualTo(1);
        assertThat(share.expired()).isZero();
        assertThat(share.duplicates()).isEqualTo(1);
        assertThat(share.cachedTokens()).isEqualTo(40);
        assertThat(share.tokensRead()).isEqualTo(70);
        assertThat(share.candidates()).isEqualTo(3);
        assertThat(share.splits()).isEqualTo(3);
        assertThat(share.tokenCache()).isEqualTo(new CacheUse(6, 2, 1, 512));
        assertThat(share.stateCache()).isEqualTo(new CacheUse(5, 3, 0, 1_024));
        assertThat(share.batches()).isEqualTo(2);
        assertThat(share.tokenBudget()).isEqualTo(128);
        assertThat(share.tokenize()).isEqualTo(Duration.ofMillis(4));
        assertThat(share.inference()).isEqualTo(Duration.ofMillis(5));
        assertThat(share.worker()).isEqualTo("worker-0");
        assertThat(share.queueMax()).isEqualTo(TestingEvents.TIMINGS.queue());
        assertThat(statistics.get(1).batches()).isZero();
    }

    @Test
    void countsExpiredRequestsAsAnswered() {
        Event.Accepted event = TestingEvents.accepted(lease, 0, first, "a 1");
        Outcome late = new Outcome.Expired(event, Rankings.expired(event, Duration.ofSeconds(9)));
        Outcome ranked = TestingEvents.ranked(TestingEvents.accepted(lease, 1, first, "a 1"));

        BatchStatistics share =
                tally(batch(late, ranked), List.of(late, ranked)).get(0);

        assertThat(share.requests()).isEqualTo(2);
        assertThat(share.expired()).isEqualTo(1);
        assertThat(share.pairs()).isEqualTo(1);
        assertThat(share.queueMax()).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void tellsRejectionsOncePerTransaction() {
        List<Outcome> outcomes = List.of(
                deadLetter(0, Reason.INVALID),
                TestingEvents.ranked(TestingEvents.accepted(lease, 1, second, "a 1")),
                deadLetter(2, Reason.INVALID),
                TestingEvents.ranked(TestingEvents.accepted(lease, 3, first, "a 1")),
                deadLetter(4, Reason.UNDECODABLE));

        List<BatchStatistics> statistics = tally(new ScoredBatch(outcomes, Map.of()), outcomes);

        assertThat(statistics)
                .extracting(BatchStatistics::rejections)
                .containsExactly(Map.of(Reason.INVALID, 2, Reason.UNDECODABLE, 1), Map.of());
    }

    @Test
    void tellsAModelsOwnFailuresWithThatModel() {
        Event.Accepted failing = TestingEvents.accepted(lease, 1, second, "a 1");
        Rejection unscorable = new Rejection(Reason.UNSCORABLE, "because", null);
        List<Outcome> outcomes = List.of(
                TestingEvents.ranked(TestingEvents.accepted(lease, 0, first, "a 1")),
                new Outcome.DeadLetter(failing, unscorable),
                deadLetter(2, Reason.INVALID));

        List<BatchStatistics> statistics = tally(new ScoredBatch(outcomes, Map.of()), outcomes);

        assertThat(statistics).extracting(BatchStatistics::model).containsExactly(first.model(), second.model());
        assertThat(statistics)
                .extracting(BatchStatistics::rejections)
                .containsExactly(Map.of(Reason.INVALID, 1), Map.of(Reason.UNSCORABLE, 1));
        assertThat(statistics.get(1).requests()).isZero();
    }

    @Test
    void timesEachRequestFromItsRecordToItsAnswer() {
        Outcome one = TestingEvents.ranked(TestingEvents.accepted(lease, 0, first, "a 1"));
        Outcome two = TestingEvents.ranked(TestingEvents.accepted(lease, 1, first, "a 1"));
        List<Outcome> outcomes = List.of(one, two);

        BatchStatistics inTime = StatisticsTally.of(
                        batch(one, two), outcomes, first, "w", TestingEvents.NOW.plusMillis(70), Duration.ZERO)
                .get(0);
        BatchStatistics byAClockBehind = StatisticsTally.of(
                        batch(one, two), outcomes, first, "w", TestingEvents.NOW.minusMillis(70), Duration.ZERO)
                .get(0);

        assertThat(inTime.endToEnd()).containsExactly(Duration.ofMillis(70), Duration.ofMillis(70));
        assertThat(inTime.queue()).containsExactly(TestingEvents.TIMINGS.queue(), TestingEvents.TIMINGS.queue());
        assertThat(byAClockBehind.endToEnd()).containsExactly(Duration.ZERO, Duration.ZERO);
    }

    @Test
    void tellsTheLastPublishOncePerTransaction() {
        Outcome one = TestingEvents.ranked(TestingEvents.accepted(lease, 0, first, "a 1"));
        Outcome two = TestingEvents.ranked(TestingEvents.accepted(lease, 1, second, "a 1"));

        assertThat(tally(batch(one, two), List.of(one, two)))
                .extracting(BatchStatistics::publish)
                .containsExactly(LAST_PUBLISH, Duration.ZERO);
    }

    @Test
    void attributesRejectionsAloneToTheDefaultModel() {
        Outcome outcome = deadLetter(0, Reason.INVALID);

        List<BatchStatistics> statistics = tally(batch(outcome), List.of(outcome));

        assertThat(statistics).hasSize(1);
        assertThat(statistics.get(0).model()).isEqualTo(first.model());
        assertThat(statistics.get(0).requests()).isZero();
        assertThat(statistics.get(0).time()).isEqualTo(TestingEvents.NOW);
        assertThat(statistics.get(0).rejections()).isEqualTo(Map.of(Reason.INVALID, 1));
    }

    @Test
    void countsOnlyWhatIsPublished() {
        Outcome published = TestingEvents.ranked(TestingEvents.accepted(lease, 0, first, "a 1"));
        Outcome leftOut = TestingEvents.ranked(TestingEvents.accepted(lease, 1, first, "a 1", "b 2"));

        BatchStatistics share =
                tally(batch(published, leftOut), List.of(published)).get(0);

        assertThat(share.requests()).isEqualTo(1);
        assertThat(share.pairs()).isEqualTo(1);
    }

    @Test
    void remembersTheLongestWait() {
        Event.Accepted event = TestingEvents.accepted(lease, 0, first, "a 1");
        var pairs = first.encode("query", List.of("a 1"));
        Timings slow = new Timings(Duration.ofSeconds(2), Duration.ZERO, Duration.ZERO);
        Outcome waited = Rankings.ranked(event, pairs, new float[] {1}, slow);
        Outcome quick = TestingEvents.ranked(event);

        assertThat(tally(batch(waited, quick), List.of(waited, quick)).get(0).queueMax())
                .isEqualTo(Duration.ofSeconds(2));
    }

    private List<BatchStatistics> tally(ScoredBatch batch, List<Outcome> published) {
        return StatisticsTally.of(batch, published, first, "worker-0", TestingEvents.NOW, LAST_PUBLISH);
    }

    private static ScoredBatch batch(Outcome... outcomes) {
        return new ScoredBatch(List.of(outcomes), Map.of());
    }

    private Outcome deadLetter(long offset, Reason reason) {
        Event.Rejected event = TestingEvents.rejected(lease, offset, reason);
        return new Outcome.DeadLetter(event, new Rejection(reason, "because", null));
    }
}
