package io.streamrank.cli;

import io.streamrank.ingest.CommitReport;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.Worker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A worker in this process, and what it has done so far. */
final class DemoWorker implements AutoCloseable {
    private static final Duration END = Duration.ofSeconds(60);

    private final Worker worker;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private long firstNanos;
    private long lastNanos;
    private long pairs;
    private long tokens;

    private DemoWorker(WorkerAssembly assembly, IngestSettings settings, Models models) {
        this.worker = assembly.worker(settings, models, this::committed);
        this.firstNanos = System.nanoTime();
        this.lastNanos = firstNanos;
    }

    static DemoWorker start(WorkerAssembly assembly, IngestSettings settings, Models models) {
        DemoWorker demo = new DemoWorker(assembly, settings, models);
        new Thread(demo::run, "streamrank-demo-worker").start();
        return demo;
    }

    private void run() {
        try {
            worker.run();
        } catch (RuntimeException e) {
            failure.set(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void committed(CommitReport report) {
        if (pairs == 0) {
            // The clock starts with the first batch, not with joining the group.
            firstNanos = System.nanoTime()
                    - report.inference().plus(report.publish()).toNanos();
        }
        lastNanos = System.nanoTime();
        pairs += report.pairs();
        tokens += report.tokens();
    }

    synchronized long pairs() {
        return pairs;
    }

    synchronized long tokens() {
        return tokens;
    }

    /** From the first batch's start to the last commit. */
    synchronized Duration busy() {
        return Duration.ofNanos(lastNanos - firstNanos);
    }

    synchronized double pairsPerSecond() {
        return pairs == 0 ? 0 : pairs * 1e9 / Math.max(1, lastNanos - firstNanos);
    }

    /** @throws RuntimeException whatever ended the worker */
    void throwFailure() {
        RuntimeException thrown = failure.get();
        if (thrown != null) {
            throw thrown;
        }
    }

    void awaitEnd() throws InterruptedException {
        while (!worker.awaitEnd(END)) {
            throwFailure();
        }
        throwFailure();
    }

    @Override
    public void close() {
        worker.stop();
        try {
            if (!worker.awaitEnd(END)) {
                throw new IllegalStateException("the worker did not end within " + END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
