package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.http.ApiSources;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.Worker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A worker in this process, and what it has done so far. */
final class DemoWorker implements WorkerState, AutoCloseable {
    private static final Duration END = Duration.ofSeconds(60);

    private final DemoTally tally = new DemoTally();
    private volatile @Nullable Worker worker;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    /** One that starts at once. */
    static DemoWorker start(WorkerAssembly assembly, IngestSettings settings, Models models) {
        DemoWorker demo = new DemoWorker();
        demo.start(assembly, settings, models, PipelineObserver.NONE);
        return demo;
    }

    /** Starts it, once. */
    void start(WorkerAssembly assembly, IngestSettings settings, Models models, PipelineObserver observer) {
        Worker started = assembly.worker(
                settings, models, PipelineObserver.both(PipelineObserver.ofCommits(tally::add), observer));
        worker = started;
        new Thread(() -> run(started), "streamrank-demo-worker").start();
    }

    private void run(Worker started) {
        try {
            started.run();
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

    @Override
    public Health health() {
        Worker current = worker;
        return current == null ? Health.STARTING : current.health();
    }

    @Override
    public Load load() {
        Worker current = worker;
        return current == null ? Load.NONE : current.load();
    }

    @Override
    public Optional<ApiSources.Ranker> ranker() {
        return Optional.ofNullable(worker).map(current -> current::rank);
    }

    /** Waits until the worker, which has been started, has ended. */
    void awaitEnd() throws InterruptedException {
        while (!requireNonNull(worker).awaitEnd(END)) {
            throwFailure();
        }
        throwFailure();
    }

    @Override
    public void close() {
        Worker current = worker;
        if (current == null) {
            return;
        }
        current.stop();
        try {
            if (!current.awaitEnd(END)) {
                throw new IllegalStateException("the worker did not end within " + END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
