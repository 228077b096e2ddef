package io.streamrank.cli;

import io.quarkus.runtime.ShutdownEvent;
import io.streamrank.http.ApiSources;
import io.streamrank.ingest.DeviceHungException;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.Worker;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The worker of this process, if one runs: told to drain when the process is asked to end, and the one to end the
 * process where a native call would keep it.
 */
@ApplicationScoped
class RunningWorker implements WorkerState {
    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");

    /** Beside the drain itself: to interrupt the stages, leave the group and close the clients, broker or not. */
    private static final Duration LEAVE_GRACE = Duration.ofSeconds(20);

    private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

    private final IntConsumer halt;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean begun;
    private volatile @Nullable Worker worker;
    private volatile @Nullable WorkerLog log;
    private volatile Duration patience = LEAVE_GRACE;

    RunningWorker() {
        this(Halt::now);
    }

    /** @param halt ends the process with a status, at once */
    RunningWorker(IntConsumer halt) {
        this.halt = halt;
    }

    /** From now on models are loaded and run. */
    void begin() {
        begun = true;
    }

    /** Ends the process where the device hangs. */
    void run(Worker toRun, WorkerLog logOfIt, Duration drainTimeout) throws InterruptedException {
        log = logOfIt;
        patience = drainTimeout.plus(LEAVE_GRACE);
        worker = toRun;
        try {
            toRun.run();
        } catch (DeviceHungException e) {
            LOG.errorf("Ending without waiting for the device: %s", e.getMessage());
            halt.accept(ExitCode.FAILED);
            throw e;
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

    /** What the worker used is closed too: the process may end. */
    void closed() {
        closed.countDown();
    }

    void onShutdown(@Observes ShutdownEvent event) throws InterruptedException {
        Worker current = worker;
        WorkerLog done = log;
        if (current == null || done == null) {
            if (begun && closed.getCount() > 0) {
                LOG.info("Asked to end while starting");
                halt.accept(ExitCode.TERMINATED);
            }
            return;
        }
        // Where the worker ended by itself, the command has said why.
        if (current.awaitEnd(Duration.ZERO)) {
            return;
        }
        LOG.info("Asked to end: finishing what is being scored, the rest is left to others");
        current.stop();
        boolean ended = current.awaitEnd(patience);
        if (ended && closed.await(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
            if (current.hasDrained()) {
                LOG.infof("Drained and left the group: %s", done.total());
            } else {
                LOG.warnf(
                        "Left the group before all that was being scored was committed; others score it again: %s",
                        done.total());
            }
            return;
        }
        LOG.warnf(
                "%s; ending without it. Nothing is lost: what was not committed is scored again. So far: %s",
                ended
                        ? "The device is still computing"
                        : "The worker did not end within " + patience.toSeconds() + " s",
                done.total());
        halt.accept(ExitCode.FAILED);
    }
}
