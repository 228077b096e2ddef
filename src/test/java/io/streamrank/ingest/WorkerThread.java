package io.streamrank.ingest;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Framing;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.model.Reranker;
import io.streamrank.testing.TestingReranker;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A worker in a thread of its own. */
public final class WorkerThread implements AutoCloseable {
    private static final BatchPolicy POLICY = new BatchPolicy(2_000, 1_000);
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int BUSY_TRANSACTION = 10;

    private final Worker worker;
    private final Thread thread;
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    private WorkerThread(Worker worker, String name) {
        this.worker = worker;
        this.thread = new Thread(this::run, "worker-" + name);
        this.thread.setDaemon(true);
    }

    public static WorkerThread start(IngestSettings settings, Reranker... rerankers) {
        return start(settings, PipelineObserver.NONE, rerankers);
    }

    static WorkerThread start(IngestSettings settings, PipelineObserver observer, Reranker... rerankers) {
        return start(settings, Framing.SINGLE_OBJECT, observer, rerankers);
    }

    public static WorkerThread start(
            IngestSettings settings, Framing framing, PipelineObserver observer, Reranker... rerankers) {
        Models models = new Models(List.of(rerankers));
        WorkerThread running = new WorkerThread(
                new Worker(settings, models, any -> POLICY, Clock.systemUTC(), observer, null, framing),
                settings.instanceId());
        running.thread.start();
        return running;
    }

    /** One of few events a transaction and slow forward passes, so that much is in flight whenever it must let go. */
    static WorkerThread startBusy(
            TestingTopics topics, GroupProtocol protocol, Guarantee guarantee, String name, Duration joinTimeout) {
        Limits limits = new TestingLimits()
                .maxBatchRequests(BUSY_TRANSACTION)
                .linger(Duration.ofMillis(5))
                .joinTimeout(joinTimeout)
                .build();
        return start(
                topics.settings(name, protocol, guarantee, limits, TestingTopics.quickSession(protocol)),
                new TestingReranker("test").slow(Duration.ofMillis(10)));
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, the test shall see it
    private void run() {
        try {
            worker.run();
            end.complete(null);
        } catch (Throwable e) {
            end.completeExceptionally(e);
        }
    }

    Worker worker() {
        return worker;
    }

    public boolean hasEnded() {
        return end.isDone();
    }

    /** Waits until it has ended, and throws what it threw. */
    public void awaitEnd() throws Throwable {
        try {
            end.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    public void stopAndAwaitEnd() throws Throwable {
        worker.stop();
        awaitEnd();
    }

    /**
     * Ends it in the middle of whatever it does: nothing is drained, and it stays in the group for as long as its session
     * lasts, or until somebody of its name comes.
     */
    void breakOff() throws InterruptedException {
        thread.interrupt();
        if (!worker.awaitEnd(LIMIT)) {
            throw new IllegalStateException("the worker did not end within " + LIMIT);
        }
    }

    /** Ends it whatever state it is in. */
    @Override
    public void close() throws InterruptedException {
        worker.stop();
        if (!worker.awaitEnd(LIMIT)) {
            throw new IllegalStateException("the worker did not end within " + LIMIT);
        }
    }
}
