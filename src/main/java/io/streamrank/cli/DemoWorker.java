package io.streamrank.cli;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.Worker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A worker in this process, and what it has done so far. */
final class DemoWorker implements AutoCloseable {
    private static final Duration END = Duration.ofSeconds(60);

    private final DemoTally tally = new DemoTally();
    private final Worker worker;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    private DemoWorker(WorkerAssembly assembly, IngestSettings settings, Models models) {
        this.worker = assembly.worker(settings, models, tally::add);
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

    /** What it has committed so far. */
    DemoTally tally() {
        return tally;
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
