package io.streamrank.cli;

import io.quarkus.runtime.ShutdownEvent;
import io.streamrank.http.HealthCheck;
import io.streamrank.http.ThroughputSource;
import io.streamrank.throughput.ThroughputHealth;
import io.streamrank.throughput.ThroughputService;
import io.streamrank.throughput.ThroughputSettings;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What adds up throughput in this process, if anything does: ended when the process is asked to end. */
@ApplicationScoped
class RunningThroughput {
    private static final Logger LOG = Logger.getLogger("io.streamrank.throughput");

    /** After the worker, whose last statistics it may still add up. */
    private static final int LATE = Interceptor.Priority.APPLICATION + 1_000;

    private volatile @Nullable ThroughputService service;

    /** Starts adding up. */
    ThroughputService start(ThroughputSettings settings) {
        ThroughputService started = ThroughputService.start(settings);
        service = started;
        LOG.infof(
                "Throughput of %s is added up into %s by application %s",
                settings.statisticsTopic(), settings.throughputTopic(), settings.applicationId());
        if (settings.applicationServer().isEmpty()) {
            LOG.info("Over HTTP this instance tells of the windows that it keeps itself; where others add up too, set"
                    + " streamrank.throughput.application-server on each");
        }
        return started;
    }

    /** How it is, or is to be. */
    ThroughputHealth state() {
        ThroughputService current = service;
        return current == null ? new ThroughputHealth(ThroughputHealth.State.STARTING, 0, 0) : current.health();
    }

    /** Where its windows can be asked for; empty before it starts. */
    Optional<ThroughputSource> source() {
        return Optional.ofNullable(service).map(started -> ThroughputSource.of(started.queries()));
    }

    /** What a health probe is told. */
    HealthCheck health() {
        ThroughputHealth health = state();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("state", health.state().name());
        data.put("undecodable", health.undecodable());
        data.put("late", health.late());
        boolean started = health.state() != ThroughputHealth.State.STARTING;
        return new HealthCheck("throughput", started, health.isReady(), health.isLive(), data);
    }

    void onShutdown(@Observes @Priority(LATE) ShutdownEvent event) {
        close();
    }

    /** Ends it, if it has been started and not ended yet. The command and the process's end may both ask for it. */
    synchronized void close() {
        ThroughputService current = service;
        if (current != null && current.health().isLive()) {
            current.close();
            LOG.info("Throughput is committed");
        }
    }
}
