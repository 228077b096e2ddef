package io.streamrank.cli;

import io.quarkus.runtime.ShutdownEvent;
import io.streamrank.ingest.Worker;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The worker of this process, if one runs: told to drain when the process is asked to end. */
@ApplicationScoped
class RunningWorker {
    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");
    /** Beside the drain itself: for a commit on its way when the broker does not answer. */
    private static final Duration COMMIT_GRACE = Duration.ofSeconds(90);

    private static final Duration CLOSE_GRACE = Duration.ofSeconds(20);

    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Worker worker;
    private volatile @Nullable WorkerLog log;
    private volatile Duration patience = COMMIT_GRACE;

    void run(Worker toRun, WorkerLog logOfIt, Duration drainTimeout) throws InterruptedException {
        log = logOfIt;
        patience = drainTimeout.plus(COMMIT_GRACE);
        worker = toRun;
        toRun.run();
    }

    /** What the worker used is closed too: the process may end. */
    void closed() {
        closed.countDown();
    }

    void onShutdown(@Observes ShutdownEvent event) throws InterruptedException {
        Worker current = worker;
        WorkerLog done = log;
        // Where the worker ended by itself, the command has said why.
        if (current == null || done == null || current.awaitEnd(Duration.ZERO)) {
            return;
        }
        LOG.info("Asked to end: finishing what is being scored, the rest is left to others");
        current.stop();
        if (!current.awaitEnd(patience)) {
            LOG.warnf("The worker did not end within %d s", patience.toSeconds());
            return;
        }
        if (!closed.await(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warnf("The models were not closed within %d s", CLOSE_GRACE.toSeconds());
        }
        LOG.infof("Drained and left the group: %s", done.total());
    }
}
