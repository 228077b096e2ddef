package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseTest {
    private static final long LONG = Duration.ofMinutes(1).toNanos();

    private final Lease lease = TestingEvents.lease(0);

    @Test
    void isIdleFromTheStart() throws Exception {
        assertThat(lease.awaitIdle(LONG)).isPositive();
        assertThat(lease.awaitIdle(0)).isPositive();
    }

    @Test
    void waitsUntilTheLastTakenEventIsSettled() throws Exception {
        lease.taken();
        lease.taken();
        lease.settled();

        Thread settler = new Thread(lease::settled);
        settler.start();

        assertThat(lease.awaitIdle(LONG)).isPositive();
        settler.join();
    }

    @Test
    void saysThatTimeRanOut() throws Exception {
        lease.taken();

        assertThat(lease.awaitIdle(1_000_000)).isNotPositive();
    }

    @Test
    void knowsWhatIsUnanswered() {
        assertThat(lease.backlog()).isEqualTo(new Load.Backlog(0, OptionalLong.empty(), null));

        lease.unread(7);
        lease.polled(1_000);
        lease.polled(2_000);
        assertThat(lease.backlog()).isEqualTo(new Load.Backlog(0, OptionalLong.of(9), Instant.ofEpochSecond(1)));

        lease.taken();
        lease.settled();
        assertThat(lease.backlog()).isEqualTo(new Load.Backlog(0, OptionalLong.of(8), Instant.ofEpochSecond(2)));
    }

    @Test
    void knowsNoAgeOfAnEventWithoutTimestamp() {
        lease.polled(ConsumerRecord.NO_TIMESTAMP);

        assertThat(lease.backlog().oldest()).isNull();
    }

    @Test
    void endsForGood() {
        assertThat(lease.hasEnded()).isFalse();

        lease.end();

        assertThat(lease.hasEnded()).isTrue();
    }
}
