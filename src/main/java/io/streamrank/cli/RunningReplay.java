package io.streamrank.cli;

import io.quarkus.runtime.ShutdownEvent;
import io.streamrank.ingest.DeviceHungException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/**
 * The replay of this process, if one runs: told to stop when the process is asked to end, and given the time that a drain
 * may take to set down where it is. What it has not set down by then is scored again.
 */
@ApplicationScoped
class RunningReplay {
    private static final Logger LOG = Logger.getLogger(RunningReplay.class);

    private final StreamrankConfig config;
    private final IntConsumer halt;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean begun;
    private volatile boolean stopped;

    @Inject
    RunningReplay(StreamrankConfig config) {
        this(config, Halt::now);
    }

    /** @param halt ends the process with a status, at once */
    RunningReplay(StreamrankConfig config, IntConsumer halt) {
        this.config = config;
        this.halt = halt;
    }

    /** From now on there is something to stop. */
    void begin() {
        begun = true;
    }

    /** Whether it is to leave the rest for later. */
    boolean isStopped() {
        return stopped;
    }

    /** Ends the process: what hangs cannot be waited for, nor can models be closed that it works with. */
    void hung(DeviceHungException hang) {
        LOG.errorf(
                "Ending without waiting for the device: %s. What is set down stays; the same command goes on with the"
                        + " replay",
                hang.getMessage());
        halt.accept(ExitCode.FAILED);
    }

    /** What the replay used is closed: the process may end. */
    void closed() {
        closed.countDown();
    }

    void onShutdown(@Observes ShutdownEvent event) throws InterruptedException {
        if (!begun || closed.getCount() == 0) {
            return;
        }
        stopped = true;
        long millis = config.limits().drainTimeout().toMillis();
        if (!closed.await(millis, TimeUnit.MILLISECONDS)) {
            // A forward pass or a load that cannot be interrupted; what is set down stays whole.
            halt.accept(ExitCode.TERMINATED);
        }
    }
}
