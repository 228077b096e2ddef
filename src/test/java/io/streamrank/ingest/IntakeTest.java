package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IntakeTest {
    private static final int MANY = 1_000;
    private static final int BYTES = 100;

    private final Intake intake = new Intake(Limits.DEFAULT);
    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(0);
    private final Lease other = TestingEvents.lease(1);

    @Test
    void givesTheOldestFirstAndNoMoreThanAskedFor() throws Exception {
        List<Event> events = List.of(event(0), event(1), event(2));
        events.forEach(intake::add);

        assertThat(take(2)).containsExactly(events.get(0), events.get(1));
        assertThat(take(2)).containsExactly(events.get(2));
    }

    @Test
    void takesAsManyAsTheBudgetAllowsButAlwaysOne() throws Exception {
        Event first = event(0);
        Event second = event(1);
        Event third = event(2);
        List.of(first, second, third).forEach(intake::add);
        long chars = ((Event.Accepted) first).chars();

        assertThat(take(MANY, 2 * chars)).containsExactly(first, second);
        assertThat(take(MANY, 1)).containsExactly(third);
    }

    @Test
    void rejectedEventsCostNothingOfTheBudget() throws Exception {
        Event rejected = TestingEvents.rejected(lease, 1, Reason.INVALID);
        Event.Accepted first = (Event.Accepted) event(0);
        intake.add(first);
        intake.add(rejected);

        assertThat(take(MANY, first.chars())).containsExactly(first, rejected);
    }

    @Test
    void knowsWhatIsInHandForAModelUntilItIsSettledOrDropped() throws Exception {
        TestingReranker next = new TestingReranker("test").ofRevision("fedcba987654");
        Event.Accepted one = TestingEvents.accepted(lease, 0, next, "a 1");
        Event.Accepted two = TestingEvents.accepted(other, 0, next, "a 1");
        DirectRequest direct = new DirectRequest(TestingEvents.request("a 1"), next, BYTES);
        intake.add(event(0));
        intake.add(one);
        intake.add(two);
        assertThat(intake.isFor(next)).isTrue();
        assertThat(intake.isFor(new TestingReranker("test"))).isFalse();

        List<Event> taken = take(2);
        intake.drop(Set.of(other));
        assertThat(intake.isFor(next)).isTrue();
        intake.settled(taken);
        assertThat(intake.isFor(next)).isFalse();

        intake.add(direct);
        assertThat(intake.isFor(next)).isTrue();
        intake.take(MANY, 0, () -> Long.MAX_VALUE);
        assertThat(intake.isFor(next)).isTrue();
        intake.settledDirect(List.of(direct));
        assertThat(intake.isFor(next)).isFalse();
        assertThat(intake.isFor(reranker)).isFalse();
    }

    @Test
    void countsBytesFromArrivalToSettlement() throws Exception {
        Event event = event(0);
        intake.add(event);
        long bytes = intake.bytesInHand();

        List<Event> taken = take(1);

        assertThat(bytes).isEqualTo(event.bytes()).isGreaterThan(event.record().value().length);
        assertThat(intake.bytesInHand()).isEqualTo(bytes);
        intake.settled(taken);
        assertThat(intake.bytesInHand()).isZero();
        assertThat(lease.awaitIdle(0)).isPositive();
    }

    @Test
    void countsEventsWithoutAnyBytesToo() {
        intake.add(new Event.Rejected(
                TestingEvents.record(0, 0, null), lease, new Rejection(Reason.EMPTY_VALUE, "no value", null)));

        assertThat(intake.bytesInHand()).isGreaterThan(100);
    }

    @Test
    void dropsWhatWaitsUnderALeaseAndNothingElse() throws Exception {
        Event taken = event(0);
        Event waiting = event(1);
        Event kept = TestingEvents.accepted(other, 0, reranker, "a 1");
        intake.add(taken);
        take(1);
        intake.add(waiting);
        intake.add(kept);

        intake.drop(Set.of(lease));

        assertThat(intake.bytesInHand()).isEqualTo(taken.bytes() + kept.bytes());
        assertThat(lease.awaitIdle(0)).isNotPositive();
        assertThat(take(MANY)).containsExactly(kept);
    }

    @Test
    void waitsForCompany() throws Exception {
        intake.add(event(0));
        FutureTask<List<Event>> taking = taking(2, Duration.ofMinutes(1));

        intake.add(event(1));

        assertThat(taking.get()).hasSize(2);
    }

    @Test
    void waitsOnWhenTheEventsItLingeredForAreDropped() throws Exception {
        Event kept = TestingEvents.accepted(other, 0, reranker, "a 1");
        intake.add(event(0));
        FutureTask<List<Event>> taking = taking(MANY, Duration.ofMillis(500));

        intake.drop(Set.of(lease));
        assertThatThrownBy(() -> taking.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
        intake.add(kept);

        assertThat(taking.get()).containsExactly(kept);
    }

    @Test
    void givesNothingOnceClosed() throws Exception {
        FutureTask<List<Event>> taking = taking(1, Duration.ZERO);

        intake.close();
        intake.add(event(0));

        assertThat(taking.get()).isEmpty();
        assertThat(take(1)).isEmpty();
    }

    @Test
    void takesCallersFirstAndEventsInTurn() throws Exception {
        Event first = event(0);
        Event second = event(1);
        List<DirectRequest> callers = List.of(direct(), direct(), direct());
        List.of(first, second).forEach(intake::add);
        callers.forEach(intake::add);

        assertThat(intake.take(2, 0, () -> Long.MAX_VALUE)).contains(new Taken.Direct(callers.subList(0, 2)));
        assertThat(intake.take(1, 0, () -> Long.MAX_VALUE)).contains(new Taken.Events(List.of(first)));
        assertThat(intake.take(2, 0, () -> Long.MAX_VALUE)).contains(new Taken.Direct(callers.subList(2, 3)));
        assertThat(intake.take(1, 0, () -> Long.MAX_VALUE)).contains(new Taken.Events(List.of(second)));
    }

    @Test
    void callersWaitForNoCompany() throws Exception {
        intake.add(event(0));
        FutureTask<List<Event>> lingering = taking(MANY, Duration.ofMinutes(10));
        DirectRequest direct = direct();

        intake.add(direct);

        // It takes the caller, not the events that the test asks for.
        assertThatThrownBy(lingering::get).hasCauseInstanceOf(ClassCastException.class);
        assertThat(intake.isAnsweringCallers()).isTrue();
    }

    @Test
    void eventsLingerNoLongerWhereCallersWaitBehindThem() throws Exception {
        Event event = event(0);
        intake.add(event);
        intake.add(direct());
        intake.take(MANY, 0, () -> Long.MAX_VALUE);
        intake.add(direct());

        assertThat(intake.take(MANY, Duration.ofMinutes(10).toNanos(), () -> Long.MAX_VALUE))
                .contains(new Taken.Events(List.of(event)));
    }

    @Test
    void holdsNoMoreCallersThanItMay() throws Exception {
        Intake small = new Intake(new TestingLimits().maxDirectRequests(2).build());
        DirectRequest first = direct();
        small.add(first);
        small.take(MANY, 0, () -> Long.MAX_VALUE);
        small.add(direct());

        assertRefused(small, DirectRankingException.Reason.OVERLOADED, "2 direct requests");
        small.settledDirect(List.of(first));
        small.add(direct());
        assertRefused(small, DirectRankingException.Reason.OVERLOADED, "streamrank.http.max-rerank-requests");
    }

    @Test
    void holdsNoMoreOfTheirBytesThanItMayButAlwaysOne() {
        Intake small =
                new Intake(new TestingLimits().maxInFlightBytes(BYTES - 1).build());
        small.add(direct());

        assertRefused(small, DirectRankingException.Reason.OVERLOADED, "streamrank.limits.max-in-flight-bytes");
    }

    @Test
    void forgetsACallerWhoHasGone() throws Exception {
        Intake small = new Intake(new TestingLimits().maxDirectRequests(1).build());
        DirectRequest gone = direct();
        DirectRequest next = direct();
        small.add(gone);

        gone.answer().cancel(true);
        small.add(next);

        assertThat(small.take(MANY, 0, () -> Long.MAX_VALUE)).contains(new Taken.Direct(List.of(next)));
    }

    @Test
    void turnsAwayFirstThoseWhoWaitAndThenAll() throws Exception {
        DirectRequest inWork = direct();
        DirectRequest waits = direct();
        intake.add(inWork);
        intake.take(MANY, 0, () -> Long.MAX_VALUE);
        intake.add(waits);

        intake.turnAwayWaiting(Health.State.STOPPING);

        assertThat(inWork.answer()).isNotDone();
        assertThat(waits.answer())
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withMessageContaining("unavailable: the worker is STOPPING");
        assertRefused(intake, DirectRankingException.Reason.UNAVAILABLE, "STOPPING");
        intake.turnAwayAll(Health.State.ENDED);
        assertThat(inWork.answer()).isCompletedExceptionally();
        assertThat(intake.isAnsweringCallers()).isFalse();
    }

    private void assertRefused(Intake by, DirectRankingException.Reason reason, String message) {
        assertThatThrownBy(() -> by.add(direct()))
                .isInstanceOfSatisfying(
                        DirectRankingException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    private DirectRequest direct() {
        return new DirectRequest(TestingEvents.request("a 1"), reranker, BYTES);
    }

    private Event event(long offset) {
        return TestingEvents.accepted(lease, offset, reranker, "a 1", "b 2");
    }

    private List<Event> take(int maxRequests) throws InterruptedException {
        return take(maxRequests, Long.MAX_VALUE);
    }

    private List<Event> take(int maxRequests, long budgetChars) throws InterruptedException {
        return TestingEvents.events(intake.take(maxRequests, 0, () -> budgetChars));
    }

    private FutureTask<List<Event>> taking(int maxRequests, Duration linger) {
        var taking = new FutureTask<>(
                () -> TestingEvents.events(intake.take(maxRequests, linger.toNanos(), () -> Long.MAX_VALUE)));
        Thread thread = new Thread(taking);
        thread.setDaemon(true);
        thread.start();
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return taking;
    }
}
