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

    private final Intake intake = new Intake();
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

        assertThat(intake.take(MANY, 0, () -> 2 * chars)).containsExactly(first, second);
        assertThat(intake.take(MANY, 0, () -> 1)).containsExactly(third);
    }

    @Test
    void rejectedEventsCostNothingOfTheBudget() throws Exception {
        Event rejected = TestingEvents.rejected(lease, 1, Reason.INVALID);
        Event.Accepted first = (Event.Accepted) event(0);
        intake.add(first);
        intake.add(rejected);

        assertThat(intake.take(MANY, 0, first::chars)).containsExactly(first, rejected);
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

    private Event event(long offset) {
        return TestingEvents.accepted(lease, offset, reranker, "a 1", "b 2");
    }

    private List<Event> take(int maxRequests) throws InterruptedException {
        return intake.take(maxRequests, 0, () -> Long.MAX_VALUE);
    }

    private FutureTask<List<Event>> taking(int maxRequests, Duration linger) {
        var taking = new FutureTask<>(() -> intake.take(maxRequests, linger.toNanos(), () -> Long.MAX_VALUE));
        Thread thread = new Thread(taking);
        thread.setDaemon(true);
        thread.start();
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return taking;
    }
}
