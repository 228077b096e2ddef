package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.BatchTrace.Stage;
import io.streamrank.ingest.BatchTrace.Step;
import io.streamrank.ingest.BatchTrace.TraceContext;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.SharedBroker;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a worker on a real broker tells those who watch it. */
@Timeout(180)
class ObserverIT {
    private static final int PARTITIONS = 2;
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static final EmbeddedBroker BROKER = SharedBroker.get();

    private final TestingReranker reranker = new TestingReranker("test");
    private final List<CommitReport> reports = new CopyOnWriteArrayList<>();
    private final List<CommittedOutcome> outcomes = new CopyOnWriteArrayList<>();
    private final List<BatchTrace> batches = new CopyOnWriteArrayList<>();
    private final List<PipelineObserver.Rebalance> rebalances = new CopyOnWriteArrayList<>();

    private final PipelineObserver observer = new PipelineObserver() {
        @Override
        public void committed(CommitReport report) {
            reports.add(report);
        }

        @Override
        public void outcomesCommitted(List<CommittedOutcome> told) {
            outcomes.addAll(told);
        }

        @Override
        public void ended(BatchTrace batch) {
            batches.add(batch);
        }

        @Override
        public void rebalanced(Rebalance kind) {
            rebalances.add(kind);
        }
    };

    @ParameterizedTest
    @EnumSource
    void tellsOfEachBatchAndOfWhatIsBeforeIt(GroupProtocol protocol) throws Throwable {
        Instant start = Instant.now();
        try (TestingTopics topics = TestingTopics.created("observed-" + protocol.word(), BROKER, PARTITIONS);
                WorkerThread worker = start(topics, protocol)) {
            Eventually.await("it is ready", () -> worker.worker().health().isReady());
            CountDownLatch release = reranker.hold();
            for (int i = 0; i < 10; i++) {
                topics.send(0, null, TestingEvents.encoded(TestingEvents.request("a 1", "b 2")), traceparent())
                        .get();
            }
            Eventually.await(
                    "all are in hand and counted",
                    () -> worker.worker().load().events() == 10
                            && backlog(worker, 0).records().orElse(0) == 10
                            && backlog(worker, 1).records().orElse(-1) == 0);
            assertThat(backlog(worker, 0).oldest()).isBetween(start.minusSeconds(1), Instant.now());
            assertThat(backlog(worker, 1).oldest()).isNull();
            assertThat(worker.worker().load().bytes()).isPositive();

            release.countDown();
            topics.awaitAllAnswered();
            Eventually.await(
                    "nothing is left",
                    () -> worker.worker().load().events() == 0
                            && backlog(worker, 0).records().orElse(-1) == 0);
            assertThat(backlog(worker, 0).oldest()).isNull();
            worker.stopAndAwaitEnd();
        }

        assertThat(reports.stream().mapToInt(CommitReport::requests).sum()).isEqualTo(10);
        assertThat(reports).allSatisfy(report -> {
            assertThat(report.delivery()).isPositive().isLessThanOrEqualTo(report.publish());
            assertThat(report.statistics())
                    .singleElement()
                    .satisfies(told -> assertThat(told.requests()).isEqualTo(report.requests()));
        });
        assertThat(batches).hasSameSizeAs(reports).allSatisfy(batch -> {
            assertThat(batch.stages()).extracting(Stage::step).containsExactly(Step.values());
            assertThat(batch.stages()).extracting(Stage::start).isSorted();
            assertThat(batch.committed()).isPresent();
            assertThat(batch.failure()).isNull();
            assertThat(batch.failedDeliveries()).isZero();
            assertThat(batch.events().traces(1)).containsExactly(new TraceContext(TRACEPARENT, null));
            assertThat(batch.events().traces(100)).hasSize(batch.events().count());
        });
        assertThat(batches.stream().mapToInt(batch -> batch.events().count()).sum())
                .isEqualTo(10);
        assertThat(outcomes)
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(CommittedOutcome.Answer.class))
                .extracting(outcome -> outcome.source().offset())
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(rebalances).contains(PipelineObserver.Rebalance.ASSIGNED);
    }

    @Test
    void tellsOfTheBatchThatEndedIt() throws Throwable {
        reranker.failWith(new IllegalStateException("broken for good"));
        try (TestingTopics topics = TestingTopics.created("ended", BROKER, PARTITIONS);
                WorkerThread worker = start(topics, GroupProtocol.CLASSIC)) {
            topics.send(0, null, TestingEvents.encoded(TestingEvents.request("a 1")), traceparent())
                    .get();

            assertThatThrownBy(worker::awaitEnd).isInstanceOf(WorkerFailedException.class);
        }

        assertThat(reports).isEmpty();
        assertThat(batches).singleElement().satisfies(batch -> {
            assertThat(batch.stages()).extracting(Stage::step).containsExactly(Step.TOKENIZE, Step.INFER);
            assertThat(batch.committed()).isEmpty();
            assertThat(batch.failure()).isInstanceOf(WorkerFailedException.class);
        });
    }

    private WorkerThread start(TestingTopics topics, GroupProtocol protocol) {
        Limits limits = TestingEvents.limits(64 << 20, Duration.ofSeconds(20));
        return WorkerThread.start(topics.settings("worker-0", protocol, limits, Map.of()), observer, reranker);
    }

    private static RecordHeader traceparent() {
        return new RecordHeader("traceparent", TRACEPARENT.getBytes(UTF_8));
    }

    private static Load.Backlog backlog(WorkerThread worker, int partition) {
        return worker.worker().load().backlogs().stream()
                .filter(backlog -> backlog.partition() == partition)
                .findFirst()
                .orElseThrow();
    }
}
