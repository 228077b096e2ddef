package io.streamrank.cli;

import io.quarkus.runtime.ShutdownEvent;
import io.streamrank.model.NativeCalls;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/** Keeps a process from ending under a forward pass, whichever command runs it. */
@ApplicationScoped
class LastCalls {
    /** After everything that still wants passes to be done. */
    private static final int LAST = 10_000;

    /** A pass on a CPU takes a second or two. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    void onShutdown(@Observes @Priority(LAST) ShutdownEvent event) throws InterruptedException {
        boolean unused = NativeCalls.ofThisProcess().end(PATIENCE);
    }
}
