package io.streamrank.ingest;

import static io.streamrank.testing.TestingReranker.scoreOf;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Rejection;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.EncodedPair;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a transaction whose forward passes fail, seen through {@link Scoring}. */
@Timeout(60)
class ForwardPassesTest {
    private static final float GUILTY = 666;
    private static final String BROKEN = "mat1 and mat2 shapes cannot be multiplied";

    private final TestingReranker reranker = new TestingReranker("test");
    private final Lease lease = TestingEvents.lease(0);
    private DeviceLimits limits = limits(Duration.ofSeconds(20));
    private BatchPolicy policy = new BatchPolicy(100_000, 1_000);
    private @Nullable Scoring scoring;

    @Test
    void findsTheGuiltyPairAndRanksEverybodyElse() throws Exception {
        failOnGuilty();
        List<Item.ToScore<Event.Accepted>> items = new ArrayList<>();
        for (int request = 0; request < 50; request++) {
            items.add(request(request, request == 17 ? "b 2, a 666, c 3" : "a " + request + ", b 1000"));
        }

        ScoredBatch scored = score(items);

        assertThat(scored.events())
                .isEqualTo(items.stream().map(Item.ToScore::asked).toList());
        for (int request = 0; request < 50; request++) {
            Outcome outcome = scored.outcomes().get(request);
            if (request == 17) {
                Rejection rejection = ((Outcome.DeadLetter) outcome).rejection();
                assertThat(rejection.reason()).isEqualTo(Rejection.Reason.UNSCORABLE);
                assertThat(rejection.message())
                        .isEqualTo("model test fails on candidate 'd1' (number 2): IllegalStateException: " + BROKEN);
            } else {
                assertThat(scores(outcome)).containsExactly(1000f, (float) request);
            }
        }
    }

    @Test
    void takesFewPassesToFindIt() throws Exception {
        failOnGuilty();
        String texts = String.join(
                ", ", IntStream.range(0, 512).mapToObj(i -> "a " + i).toList());

        score(List.of(request(0, texts), request(1, "b 666")));

        // 513 pairs are halved at most ten times, each time with two passes; and the sound pair is tried once.
        assertThat(reranker.batches()).isLessThan(2 * 10 + 3);
    }

    @Test
    void givesUpEveryRequestThatHoldsTheGuiltyPair() throws Exception {
        failOnGuilty();

        ScoredBatch scored = score(List.of(request(0, "a 666"), request(1, "a 666, b 1"), request(2, "b 1")));

        assertThat(scored.outcomes().get(0)).isInstanceOf(Outcome.DeadLetter.class);
        assertThat(scored.outcomes().get(1)).isInstanceOf(Outcome.DeadLetter.class);
        assertThat(scores(scored.outcomes().get(2))).containsExactly(1f);
    }

    @Test
    void scoresNothingMoreForARequestThatIsGivenUp() throws Exception {
        failOnGuilty();
        policy = new BatchPolicy(100_000, 1);

        score(List.of(request(0, "a long one 666, b 1, c 2, d 3, e 4")));

        assertThat(reranker.pairs()).isEqualTo(1 + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity"})
    void aScoreThatIsNoNumberIsTheFailureOfItsPair(String score) throws Exception {
        ScoredBatch scored = score(List.of(request(0, "a 1, b " + score + ", c 2"), request(1, "d 4")));

        assertThat(((Outcome.DeadLetter) scored.outcomes().get(0)).rejection().message())
                .isEqualTo("model test fails on candidate 'd1' (number 2): ArithmeticException: its score is " + score);
        assertThat(scores(scored.outcomes().get(1))).containsExactly(4f);
    }

    @Test
    void aModelThatFailsOnASoundPairTooIsBroken() {
        reranker.failWith(new IllegalStateException(BROKEN));

        assertThatThrownBy(() -> score(List.of(request(0, "a 1, b 2"), request(1, "d 4"))))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageContaining("model test is broken")
                .hasMessageContaining("on a sound pair too")
                .hasMessageContaining(BROKEN);
        assertThat(reranker.batches()).isLessThan(10);
    }

    @Test
    void aModelThatFailsOnEverythingButTheSoundPairIsBroken() throws Exception {
        reranker.failWhen(pairs -> isSound(pairs) ? null : new IllegalStateException(BROKEN));
        for (int request = 0; request < 3; request++) {
            assertThat(score(List.of(request(request, "a 2"))).outcomes().get(0))
                    .isInstanceOf(Outcome.DeadLetter.class);
        }

        assertThatThrownBy(() -> score(List.of(request(3, "a 2"))))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageContaining("it failed 4 times in a row")
                .hasMessageContaining("streamrank.limits.max-unscorable is 3");
    }

    @Test
    void whatIsScoredInBetweenClearsTheModel() throws Exception {
        failOnGuilty();
        for (int request = 0; request < 20; request++) {
            score(List.of(request(request, request % 2 == 0 ? "a 666" : "b 1")));
        }

        assertThat(scores(score(List.of(request(20, "b 1"))).outcomes().get(0))).containsExactly(1f);
    }

    @Test
    void halvesAPassThatRunsOutOfMemoryAndRemembersTheSize() throws Exception {
        int room = 40;
        reranker.failWhen(pairs -> tokens(pairs) > room ? outOfMemory() : null);
        Item.ToScore<Event.Accepted> request =
                request(0, "aaaaa 1, bbbbb 2, ccccc 3, ddddd 4, eeeee 5, fffff 6, ggggg 7, hhhhh 8");

        ScoredBatch scored = score(List.of(request));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(8f, 7f, 6f, 5f, 4f, 3f, 2f, 1f);
        ScoredBatch.Cost cost = requireNonNull(scored.costs().get(reranker));
        assertThat(cost.splits()).isPositive();
        assertThat(cost.batches() + cost.splits()).isEqualTo(reranker.batches());
        int passes = reranker.batches();
        assertThat(requireNonNull(score(List.of(request)).costs().get(reranker)).splits())
                .isZero();
        assertThat(reranker.batches() - passes)
                .as("passes the second time, none in vain")
                .isEqualTo(4);
    }

    @Test
    void waitsForMemoryThatAnotherGivesBack() throws Exception {
        AtomicInteger refusals = new AtomicInteger(2);
        reranker.failWhen(pairs -> refusals.getAndDecrement() > 0 ? outOfMemory() : null);

        assertThat(scores(score(List.of(request(0, "a 1"))).outcomes().get(0))).containsExactly(1f);
    }

    @Test
    void aPairThatNeverFitsIsGivenUp() throws Exception {
        limits = limits(Duration.ofMillis(50));
        reranker.failWhen(pairs -> tokens(pairs) > 30 ? outOfMemory() : null);

        ScoredBatch scored = score(List.of(request(0, "a very very very very long one 1"), request(1, "b 2")));

        assertThat(((Outcome.DeadLetter) scored.outcomes().get(0)).rejection().message())
                .contains("CUDA out of memory");
        assertThat(scores(scored.outcomes().get(1))).containsExactly(2f);
    }

    @Test
    void waitsForABusyDevice() throws Exception {
        AtomicInteger refusals = new AtomicInteger(2);
        reranker.failWhen(pairs -> refusals.getAndDecrement() > 0 ? busy() : null);

        ScoredBatch scored = score(List.of(request(0, "a 1, b 2"), request(1, "c 3")));

        assertThat(scored.outcomes()).allMatch(Outcome.Ranked.class::isInstance);
        assertThat(reranker.batches()).isEqualTo(3);
    }

    @Test
    void aDeviceThatStaysBusyEndsTheWorker() {
        limits = limits(Duration.ofMillis(50));
        reranker.failWith(busy());

        assertThatThrownBy(() -> score(List.of(request(0, "a 1, b 2"))))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageContaining("the device cpu of model test is lost or does not recover")
                .hasMessageContaining("busy or unavailable");
    }

    @Test
    void aDeviceThatIsLostEndsTheWorkerAtOnce() {
        reranker.failWith(new IllegalStateException("CUDA error: an illegal memory access was encountered\nat x"));

        assertThatThrownBy(() -> score(List.of(request(0, "a 1, b 2"))))
                .isInstanceOf(WorkerFailedException.class)
                .hasMessageEndingWith("CUDA error: an illegal memory access was encountered");
        assertThat(reranker.batches()).isEqualTo(1);
    }

    @Test
    void whatChangesItsDeviceMidwayIsScoredAgainSoThatAllAnswersNameOne() throws Exception {
        reranker.on("gpu(0)");
        policy = new BatchPolicy(100_000, 1);
        AtomicInteger passes = new AtomicInteger();
        reranker.failWhen(pairs -> {
            if (passes.incrementAndGet() == 2) {
                reranker.on("cpu");
            }
            return null;
        });

        ScoredBatch scored = score(List.of(request(0, "aa 1"), request(1, "b 2")));

        assertThat(scored.outcomes())
                .extracting(outcome -> ((Outcome.Ranked) outcome).ranking().device())
                .containsExactly("cpu", "cpu");
        assertThat(passes).hasValue(4);
    }

    @Test
    void canBeInterruptedWhileItWaits() {
        reranker.failWhen(pairs -> {
            Thread.currentThread().interrupt();
            return busy();
        });

        assertThatThrownBy(() -> score(List.of(request(0, "a 1")))).isInstanceOf(InterruptedException.class);
    }

    @Test
    void computesPassesAtTheSameTimeAndKeepsTheirScoresApart() throws Exception {
        policy = new BatchPolicy(16, 1_000, 2);
        CountDownLatch company = new CountDownLatch(2);
        Concurrency concurrency = new Concurrency();
        reranker.failWhen(pairs -> concurrency.within(() -> {
            company.countDown();
            return arrived(company) ? null : new IllegalStateException("no other pass came meanwhile");
        }));

        ScoredBatch scored = score(List.of(request(0, "a 1, a 2, a 3, a 4, a 5"), request(1, "b 6, b 7")));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(5f, 4f, 3f, 2f, 1f);
        assertThat(scores(scored.outcomes().get(1))).containsExactly(7f, 6f);
        assertThat(concurrency.most.get()).isEqualTo(2);
    }

    @Test
    void passesThatTogetherTakeTooMuchMemoryComeOneAfterTheOther() throws Exception {
        policy = new BatchPolicy(16, 1_000, 2);
        CountDownLatch company = new CountDownLatch(2);
        Concurrency concurrency = new Concurrency();
        reranker.failWhen(pairs -> concurrency.within(() -> {
            boolean first = company.getCount() > 0;
            company.countDown();
            return first && arrived(company) ? outOfMemory() : null;
        }));

        ScoredBatch scored = score(List.of(request(0, "a 1, a 2, a 3, a 4, a 5")));
        assertThat(scores(scored.outcomes().get(0))).containsExactly(5f, 4f, 3f, 2f, 1f);
        concurrency.most.set(0);
        int before = reranker.batches();
        scored = score(List.of(request(1, "a 1, a 2, a 3, a 4, a 5")));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(5f, 4f, 3f, 2f, 1f);
        assertThat(concurrency.most.get()).isEqualTo(1);
        // The size was not to blame, and stays: two pairs a pass.
        assertThat(reranker.batches() - before).isEqualTo(3);
    }

    @Test
    void findsTheGuiltyPairAmongPassesAtTheSameTime() throws Exception {
        policy = new BatchPolicy(60, 1_000, 3);
        failOnGuilty();

        ScoredBatch scored =
                score(List.of(request(0, "a 1, a 2, a 3, a 4"), request(1, "b 5, b 666, b 7"), request(2, "c 8, c 9")));

        assertThat(scores(scored.outcomes().get(0))).containsExactly(4f, 3f, 2f, 1f);
        assertThat(scored.outcomes().get(1)).isInstanceOf(Outcome.DeadLetter.class);
        assertThat(scores(scored.outcomes().get(2))).containsExactly(9f, 8f);
    }

    /** How many passes are computed at a time. */
    private static final class Concurrency {
        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        <T> T within(Supplier<T> pass) {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            try {
                return pass.get();
            } finally {
                now.decrementAndGet();
            }
        }
    }

    private static boolean arrived(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private ScoredBatch score(List<Item.ToScore<Event.Accepted>> items) throws InterruptedException {
        if (scoring == null) {
            scoring = new Scoring(
                    any -> policy, limits, new Heartbeats(System::nanoTime), Clock.systemUTC(), PipelineObserver.NONE);
        }
        return ScoredBatch.of(
                items.stream().<Event>map(Item.ToScore::asked).toList(),
                scoring.score(new EncodedBatch<Event.Accepted>(List.copyOf(items), Duration.ZERO, 100, Map.of())));
    }

    private static DeviceLimits limits(Duration retryTimeout) {
        return new DeviceLimits(3, retryTimeout, Duration.ofMinutes(1));
    }

    private Item.ToScore<Event.Accepted> request(long offset, String texts) {
        Event.Accepted event = TestingEvents.accepted(lease, offset, reranker, texts.split(", ", -1));
        var documents =
                event.request().candidates().stream().map(Candidate::text).toList();
        return new Item.ToScore<>(event, reranker.encode("query", documents), Duration.ofMillis(1));
    }

    private void failOnGuilty() {
        reranker.failWhen(pairs -> pairs.stream().anyMatch(pair -> scoreOf(pair) == GUILTY)
                ? new IllegalStateException(BROKEN + "\nin a second line")
                : null);
    }

    private static boolean isSound(List<EncodedPair> pairs) {
        return pairs.size() == 1 && scoreOf(pairs.get(0)) == 1;
    }

    private static int tokens(List<EncodedPair> pairs) {
        return pairs.stream().mapToInt(EncodedPair::tokens).sum();
    }

    private static RuntimeException outOfMemory() {
        return new IllegalStateException("CUDA out of memory. Tried to allocate 2.00 GiB");
    }

    private static RuntimeException busy() {
        return new IllegalStateException("CUDA error: all CUDA-capable devices are busy or unavailable");
    }

    private static List<Float> scores(Outcome outcome) {
        return ((Outcome.Ranked) outcome)
                .ranking().candidates().stream()
                        .map(candidate -> candidate.score())
                        .toList();
    }
}
