package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.Rejection.Reason;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.Reranker;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EncoderTest {
    private static final Duration MAX_AGE = Duration.ofHours(1);
    private static final Limits LIMITS = new TestingLimits()
            .device(new DeviceLimits(2, Duration.ZERO, Duration.ofMinutes(1)))
            .maxAge(MAX_AGE)
            .build();

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(0);
    private final Encoder encoder = new Encoder(threads, LIMITS, Clock.fixed(TestingEvents.NOW, ZoneOffset.UTC));

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void encodesEachCandidateWithItsQuery() throws Exception {
        Event.Accepted event = TestingEvents.accepted(lease, 0, reranker, "aa 1", "b 2");

        EncodedBatch<Event.Accepted> batch = encoder.encode(List.of(event));

        Item.ToScore<Event.Accepted> item =
                (Item.ToScore<Event.Accepted>) batch.items().get(0);
        assertThat(item.asked()).isSameAs(event);
        assertThat(item.pairs()).extracting(pair -> pair.tokens()).containsExactly(9, 8);
        assertThat(batch.chars()).isEqualTo(9 + 8).isEqualTo(event.chars());
        assertThat(item.queue()).isPositive();
    }

    @Test
    void keepsTheOrderOfTheRequests() throws Exception {
        List<Event.Accepted> events = List.of(
                TestingEvents.accepted(lease, 0, reranker, "a 1"),
                TestingEvents.accepted(lease, 1, reranker, "no number"),
                TestingEvents.accepted(lease, 2, reranker, "b 1"));

        EncodedBatch<Event.Accepted> batch = encoder.encode(events);

        assertThat(batch.items()).extracting(Item::asked).isEqualTo(events);
        assertThat(batch.items().get(1)).isInstanceOf(Item.ToReject.class);
    }

    @Test
    void aDirectRequestIsNeverTooOldButMayBeTooLate() throws Exception {
        Clock muchLater = Clock.fixed(TestingEvents.NOW.plus(MAX_AGE.multipliedBy(2)), ZoneOffset.UTC);

        EncodedBatch<DirectRequest> batch = new Encoder(threads, LIMITS, muchLater)
                .encode(List.of(
                        new DirectRequest(TestingEvents.request("a 1"), reranker, 1),
                        new DirectRequest(TestingEvents.requestOf(null, null, TestingEvents.NOW, "a 1"), reranker, 1)));

        assertThat(batch.items().get(0)).isInstanceOf(Item.ToScore.class);
        assertThat(batch.items().get(1)).isInstanceOf(Item.TooLate.class);
    }

    @Test
    void directRequestsThatCannotBeEncodedDoNotEndTheWorker() throws Exception {
        DirectRequest bad = new DirectRequest(TestingEvents.request("no number"), reranker, 1);
        for (int i = 0; i < 10; i++) {
            assertThat(encoder.encode(List.of(bad)).items().get(0)).isInstanceOf(Item.ToReject.class);
        }
    }

    @Test
    void countsTheDocumentsEachModelRemembers() throws Exception {
        TestingReranker another = new TestingReranker("another");
        encoder.encode(List.of(TestingEvents.accepted(lease, 0, reranker, "a 1", "b 2")));

        EncodedBatch<Event.Accepted> batch = encoder.encode(List.of(
                TestingEvents.accepted(lease, 1, reranker, "a 1", "c 3"),
                TestingEvents.accepted(lease, 2, another, "a 1")));

        assertThat(hits(batch, reranker)).isEqualTo(1);
        assertThat(hits(batch, another)).isZero();
    }

    private static long hits(EncodedBatch<Event.Accepted> batch, Reranker model) {
        return requireNonNull(batch.tokenCache().get(model)).hits();
    }

    @Test
    void leavesRequestsUnreadWhoseDeadlineHasPassed() throws Exception {
        Event.Accepted late = withDeadline(TestingEvents.NOW.minusMillis(1));

        EncodedBatch<Event.Accepted> batch = encoder.encode(List.of(late));

        assertThat(batch.items().get(0)).isInstanceOf(Item.TooLate.class);
        assertThat(batch.chars()).isZero();
    }

    @Test
    void theDeadlineItselfIsInTime() throws Exception {
        EncodedBatch<Event.Accepted> batch =
                encoder.encode(List.of(withDeadline(TestingEvents.NOW), withDeadline(TestingEvents.NOW.plusMillis(1))));

        assertThat(batch.items()).allMatch(item -> item instanceof Item.ToScore);
    }

    @Test
    void givesUpTheRequestAloneThatItCannotEncode() throws Exception {
        Event.Accepted bad = TestingEvents.accepted(lease, 0, reranker, "a 1", "no number");
        Event.Accepted good = TestingEvents.accepted(lease, 1, reranker, "a 1");

        EncodedBatch<Event.Accepted> batch = encoder.encode(List.of(bad, good));

        Item.ToReject<Event.Accepted> rejected =
                (Item.ToReject<Event.Accepted>) batch.items().get(0);
        assertThat(rejected.asked()).isSameAs(bad);
        assertThat(rejected.rejection().reason()).isEqualTo(Reason.UNSCORABLE);
        assertThat(rejected.rejection().message()).startsWith("model test cannot tokenize it: NumberFormatException");
        assertThat(batch.items().get(1)).isInstanceOf(Item.ToScore.class);
        assertThat(batch.chars()).isEqualTo(good.chars());
    }

    @Test
    void endsTheWorkerWhereTooManyRequestsInARowCannotBeEncoded() throws Exception {
        Event.Accepted bad = TestingEvents.accepted(lease, 0, reranker, "no number");
        Event.Accepted good = TestingEvents.accepted(lease, 0, reranker, "a 1");
        encoder.encode(List.of(bad, bad, good, bad, bad));

        assertThatThrownBy(() -> encoder.encode(List.of(bad)))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageContaining("model test is broken: it failed 3 times in a row")
                .hasMessageContaining("streamrank.limits.max-unscorable");
    }

    @Test
    void leavesRequestsUnreadThatAreTooOld() throws Exception {
        Event.Accepted request = TestingEvents.accepted(lease, 0, reranker, "a 1");
        Clock justInTime = Clock.fixed(TestingEvents.NOW.plus(MAX_AGE), ZoneOffset.UTC);
        Clock tooLate = Clock.offset(justInTime, Duration.ofMillis(1));

        assertThat(new Encoder(threads, LIMITS, justInTime)
                        .encode(List.of(request))
                        .items()
                        .get(0))
                .isInstanceOf(Item.ToScore.class);
        assertThat(new Encoder(threads, LIMITS, tooLate)
                        .encode(List.of(request))
                        .items()
                        .get(0))
                .isInstanceOf(Item.TooLate.class);
    }

    @Test
    void noRequestIsTooOldUnlessAnAgeIsSet() throws Exception {
        Clock muchLater = Clock.fixed(TestingEvents.NOW.plus(Duration.ofDays(10_000)), ZoneOffset.UTC);
        Event.Accepted request = TestingEvents.accepted(lease, 0, reranker, "a 1");

        assertThat(new Encoder(threads, Limits.DEFAULT, muchLater)
                        .encode(List.of(request))
                        .items()
                        .get(0))
                .isInstanceOf(Item.ToScore.class);
    }

    private Event.Accepted withDeadline(Instant deadline) {
        return TestingEvents.accepted(lease, 0, reranker, TestingEvents.requestOf(null, null, deadline, "a 1"));
    }
}
