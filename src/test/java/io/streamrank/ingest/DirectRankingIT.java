package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests of callers who wait, answered by a worker that has events of a real broker to rank as well. */
@Timeout(240)
class DirectRankingIT {
    private static final int PARTITIONS = 2;
    private static final int REQUESTS = 200;
    private static final int CALLERS = 4;
    private static final long PATIENCE_SECONDS = 120;

    private static final EmbeddedBroker BROKER = SharedBroker.get();

    private final TestingReranker reranker = new TestingReranker("test");
    private final List<DirectReport> reports = new CopyOnWriteArrayList<>();
    private final PipelineObserver observer = new PipelineObserver() {
        @Override
        public void directEnded(DirectReport report) {
            reports.add(report);
        }
    };

    @Test
    void leavesNoTraceInWhatEventsGiveAndGivesTheSameScores() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("beside", BROKER, PARTITIONS);
                WorkerThread worker = start(topics, "worker-0", new TestingLimits())) {
            awaitReady(worker);
            List<CompletableFuture<Void>> callers = new ArrayList<>();
            Map<String, DirectRanking> answers = new HashMap<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                int first = caller;
                callers.add(CompletableFuture.runAsync(() -> {
                    for (int i = first; i < REQUESTS; i += CALLERS) {
                        DirectRanking answer = worker.worker()
                                .rank(request(i))
                                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                                .join();
                        synchronized (answers) {
                            answers.put(request(i).requestId(), answer);
                        }
                    }
                }));
            }
            for (int i = 0; i < REQUESTS; i++) {
                var unused = topics.send(i % PARTITIONS, null, TestingEvents.encoded(request(i)));
            }
            CompletableFuture.allOf(callers.toArray(CompletableFuture[]::new)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            topics.awaitAllAnswered();
            worker.stopAndAwaitEnd();

            List<Ranking> rankings = topics.rankings();
            assertThat(rankings).hasSize(REQUESTS);
            assertThat(answers).hasSize(REQUESTS);
            rankings.forEach(ranking -> {
                DirectRanking answer = requireNonNull(answers.get(ranking.requestId()));
                assertThat(answer.candidates()).isEqualTo(ranking.candidates());
                assertThat(answer.model()).isEqualTo(ranking.model());
                assertThat(answer.device()).isEqualTo(ranking.device());
            });
            List<BatchStatistics> statistics = topics.statistics();
            assertThat(sum(statistics, BatchStatistics::requests)).isEqualTo(REQUESTS);
            assertThat(sum(statistics, BatchStatistics::pairs))
                    .isEqualTo(rankings.stream()
                            .mapToLong(ranking -> ranking.candidates().size())
                            .sum());
            assertThat(sum(statistics, told -> (int) told.tokens()))
                    .isEqualTo(answers.values().stream()
                            .mapToLong(DirectRanking::tokens)
                            .sum());
        }
        assertThat(reports)
                .hasSize(REQUESTS)
                .extracting(DirectReport::outcome)
                .containsOnly(DirectReport.Outcome.RANKED);
    }

    @Test
    void answersWithoutAnyPartition() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("no-partition", BROKER, 1);
                WorkerThread one = start(topics, "worker-0", new TestingLimits());
                WorkerThread two = start(topics, "worker-1", new TestingLimits())) {
            awaitReady(one);
            awaitReady(two);
            Eventually.await(
                    "one of them has the partition",
                    () -> one.worker().load().backlogs().size()
                                    + two.worker().load().backlogs().size()
                            == 1);

            for (WorkerThread worker : List.of(one, two)) {
                assertThat(answer(worker.worker().rank(TestingEvents.request("a 1", "b 2")))
                                .candidates())
                        .extracting(RankedCandidate::id)
                        .containsExactly("d1", "d0");
            }
        }
    }

    @Test
    void refusesWhatIsTooMuchAndLetsGoOfAllAtTheEnd() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("too-much", BROKER, PARTITIONS);
                WorkerThread worker = start(
                        topics,
                        "worker-0",
                        new TestingLimits().maxDirectRequests(2).drainTimeout(Duration.ofSeconds(2)))) {
            assertRefused(
                    worker.worker().rank(TestingEvents.request("a 1")), DirectRankingException.Reason.UNAVAILABLE);
            awaitReady(worker);
            CountDownLatch release = reranker.holdUninterruptibly();
            CompletableFuture<DirectRanking> inWork = worker.worker().rank(TestingEvents.request("a 1"));
            Eventually.await("it is being scored", () -> reranker.batches() > 0);
            CompletableFuture<DirectRanking> abandoned = worker.worker().rank(TestingEvents.request("b 1"));
            assertRefused(worker.worker().rank(TestingEvents.request("c 1")), DirectRankingException.Reason.OVERLOADED);
            abandoned.cancel(true);

            worker.stopAndAwaitEnd();

            assertRefused(inWork, DirectRankingException.Reason.UNAVAILABLE);
            assertRefused(
                    worker.worker().rank(TestingEvents.request("a 1")), DirectRankingException.Reason.UNAVAILABLE);
            release.countDown();
        }
        assertThat(reports)
                .extracting(DirectReport::outcome)
                .contains(
                        DirectReport.Outcome.OVERLOADED,
                        DirectReport.Outcome.ABANDONED,
                        DirectReport.Outcome.UNAVAILABLE);
    }

    @Test
    void aStopLetsBeAnsweredWhatIsBeingScoredAndNothingThatWaits() throws Throwable {
        try (TestingTopics topics = TestingTopics.created("stopped", BROKER, PARTITIONS);
                WorkerThread worker = start(topics, "worker-0", new TestingLimits().maxBatchRequests(1))) {
            awaitReady(worker);
            CountDownLatch release = reranker.hold();
            CompletableFuture<DirectRanking> inWork = worker.worker().rank(TestingEvents.request("a 1"));
            Eventually.await("it is being scored", () -> reranker.batches() > 0);
            // One batch waits before scoring and another is held by tokenizing; what comes then waits in the intake.
            List<CompletableFuture<DirectRanking>> later = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                later.add(worker.worker().rank(TestingEvents.request("a " + i)));
            }

            worker.worker().stop();

            assertRefused(later.get(3), DirectRankingException.Reason.UNAVAILABLE);
            assertThat(inWork).isNotDone();
            release.countDown();
            assertThat(answer(inWork).candidates()).hasSize(1);
            worker.awaitEnd();
            assertThat(later).allMatch(CompletableFuture::isDone);
        }
    }

    @Test
    void aRequestThatFailsOrIsLateFailsAlone() throws Throwable {
        reranker.failWhen(pairs -> pairs.stream().anyMatch(pair -> TestingReranker.scoreOf(pair) == 666)
                ? new IllegalStateException("mat1 and mat2")
                : null);
        try (TestingTopics topics = TestingTopics.created("alone", BROKER, PARTITIONS);
                WorkerThread worker = start(topics, "worker-0", new TestingLimits())) {
            awaitReady(worker);

            CompletableFuture<DirectRanking> bad = worker.worker().rank(TestingEvents.request("a 1", "b 666"));
            CompletableFuture<DirectRanking> good = worker.worker().rank(TestingEvents.request("a 1", "b 2"));
            CompletableFuture<DirectRanking> late = worker.worker()
                    .rank(TestingEvents.requestOf(null, null, Instant.now().minusSeconds(1), "a 1"));
            CompletableFuture<DirectRanking> unknown =
                    worker.worker().rank(TestingEvents.requestOf("nobody", null, null, "a 1"));

            assertThat(answer(good).candidates()).hasSize(2);
            Rejection rejection = assertRefused(bad, DirectRankingException.Reason.REJECTED)
                    .rejection()
                    .orElseThrow();
            assertThat(rejection.reason()).isEqualTo(Rejection.Reason.UNSCORABLE);
            assertThat(rejection.message()).contains("candidate 'd1' (number 2)");
            assertRefused(late, DirectRankingException.Reason.EXPIRED);
            assertThat(assertRefused(unknown, DirectRankingException.Reason.REJECTED))
                    .hasMessageContaining("[test]");
            worker.stopAndAwaitEnd();
            assertThat(topics.deadLetters()).isEmpty();
            assertThat(topics.statistics()).isEmpty();
        }
    }

    @Test
    void aWorkerThatFailsLetsNobodyWait() throws Throwable {
        reranker.failWith(new IllegalStateException("broken for good"));
        try (TestingTopics topics = TestingTopics.created("failing-direct", BROKER, PARTITIONS);
                WorkerThread worker = start(topics, "worker-0", new TestingLimits())) {
            awaitReady(worker);

            CompletableFuture<DirectRanking> asked = worker.worker().rank(TestingEvents.request("a 1"));

            assertRefused(asked, DirectRankingException.Reason.UNAVAILABLE);
            assertThatThrownBy(worker::awaitEnd).isInstanceOf(WorkerFailedException.class);
        }
    }

    private static RerankRequest request(int number) {
        RerankRequest some =
                TestingEvents.request("x".repeat(number % 30) + " " + number, "a " + number % 7, "bb " + number % 5);
        return new RerankRequest("r" + number, some.query(), some.candidates(), null, null, null, Map.of());
    }

    private static long sum(List<BatchStatistics> statistics, ToIntFunction<BatchStatistics> what) {
        return statistics.stream().mapToLong(what::applyAsInt).sum();
    }

    private static DirectRanking answer(CompletableFuture<DirectRanking> asked) throws Exception {
        return asked.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static DirectRankingException assertRefused(
            CompletableFuture<DirectRanking> asked, DirectRankingException.Reason reason) throws Exception {
        try {
            throw new AssertionError("ranked: " + answer(asked));
        } catch (ExecutionException e) {
            DirectRankingException refused = (DirectRankingException) requireNonNull(e.getCause());
            assertThat(refused.reason()).isEqualTo(reason);
            return refused;
        }
    }

    private static void awaitReady(WorkerThread worker) throws Exception {
        Eventually.await("it is ready", () -> worker.worker().health().isReady());
    }

    private WorkerThread start(TestingTopics topics, String name, TestingLimits limits) {
        return WorkerThread.start(
                topics.settings(name, GroupProtocol.CLASSIC, limits.build(), Map.of()), observer, reranker);
    }
}
