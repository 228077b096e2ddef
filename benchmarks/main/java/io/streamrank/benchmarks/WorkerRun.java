package io.streamrank.benchmarks;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.ingest.CommitReport;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.Worker;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A worker in this process that answers a number of lists and is stopped. */
final class WorkerRun implements PipelineObserver {
    private static final Duration END = Duration.ofMinutes(1);

    private final int lists;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile long assigned;
    private volatile long ended;
    private volatile int answered;
    private volatile int transactions;

    private WorkerRun(int lists) {
        this.lists = lists;
    }

    /**
     * What it did.
     *
     * @param seconds from the assignment of partitions to the last commit
     * @param transactions how many it took
     */
    record Result(double seconds, int transactions) {}

    static Result of(IngestSettings settings, Models models, int lists) throws InterruptedException {
        WorkerRun run = new WorkerRun(lists);
        Worker worker =
                new Worker(settings, models, reranker -> BatchPolicy.of(reranker.device()), Clock.systemUTC(), run);
        Thread thread = new Thread(() -> run.work(worker), "benchmark-worker");
        thread.start();
        run.done.await();
        worker.stop();
        thread.join(END.toMillis());
        Throwable thrown = run.failure.get();
        if (thrown != null) {
            throw new IllegalStateException("the worker failed", thrown);
        }
        return new Result((run.ended - run.assigned) / 1e9, run.transactions);
    }

    private void work(Worker worker) {
        try {
            worker.run();
        } catch (RuntimeException | InterruptedException e) {
            failure.set(e);
        } finally {
            done.countDown();
        }
    }

    @Override
    public void rebalanced(Rebalance kind) {
        if (kind == Rebalance.ASSIGNED && assigned == 0) {
            assigned = System.nanoTime();
        }
    }

    /** On the publishing thread alone. */
    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void committed(CommitReport report) {
        transactions++;
        answered += report.requests();
        if (report.deadLetters() > 0) {
            failure.set(new IllegalStateException(report.deadLetters() + " lists became dead letters"));
        }
        if (answered >= lists || report.deadLetters() > 0) {
            ended = System.nanoTime();
            done.countDown();
        }
    }
}
