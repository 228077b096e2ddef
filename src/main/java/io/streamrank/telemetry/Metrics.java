package io.streamrank.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.PipelineObserver;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.throughput.ThroughputHealth;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All meters of a process, and the page on which Prometheus reads them. docs/metrics.md lists them, and a test holds it
 * to what is registered here. Thread-safe.
 */
public final class Metrics implements AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_TEXT = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbage = new JvmGcMetrics();
    private final List<Runnable> refreshes = new CopyOnWriteArrayList<>();

    /** What is asked by meters, which hold on to it weakly. */
    private final List<Object> sources = new CopyOnWriteArrayList<>();

    private final Clock clock;

    /**
     * What was asked for.
     *
     * @param contentType in which format
     */
    public record Page(String contentType, String text) {}

    /** @param version of this program */
    public Metrics(String version, Clock clock) {
        this.clock = clock;
        Gauge.builder("streamrank.build.info", () -> 1)
                .description("The version that runs")
                .tag("version", version)
                .register(registry);
        garbage.bindTo(registry);
        new JvmInfoMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    /**
     * Shows how a worker is and what it has before it, as asked at each scrape.
     *
     * @param maxInFlightBytes at which it pauses
     */
    public void watchWorker(Supplier<Health> health, Supplier<Load> load, long maxInFlightBytes) {
        WorkerGauges gauges = new WorkerGauges(registry, health, load, maxInFlightBytes, clock);
        refreshes.add(gauges::refresh);
    }

    /** Counts what a worker with these models does, as it tells; and shows the models and their caches. */
    public PipelineObserver watchPipeline(Models models) {
        ModelGauges gauges = new ModelGauges(registry, models);
        PipelineMeters meters = new PipelineMeters(registry, clock);
        Runnable refresh = () -> {
            gauges.refresh();
            models.all().forEach(model -> meters.add(model.model()));
        };
        refresh.run();
        refreshes.add(refresh);
        return meters;
    }

    /** Shows what becomes of next revisions, as asked at each scrape. */
    public void watchRollouts(Supplier<RolloutReport> report) {
        RolloutGauges gauges = new RolloutGauges(registry, report);
        refreshes.add(gauges::refresh);
    }

    /** Shows how the adding up of throughput is, as asked at each scrape. */
    public void watchThroughput(Supplier<ThroughputHealth> health) {
        sources.add(health);
        ThroughputGauges.register(registry, health);
    }

    /**
     * Everything as it is now. Takes no lock that the worker holds for longer than it takes to add an event.
     *
     * @param accept what the asker's header says it reads; OpenMetrics if that is among it, else Prometheus's text
     */
    public synchronized Page page(@Nullable String accept) {
        refreshes.forEach(Runnable::run);
        String contentType = accept != null && accept.contains(OPEN_METRICS) ? OPEN_METRICS_TEXT : TEXT;
        return new Page(contentType, registry.scrape(contentType));
    }

    @Override
    public void close() {
        garbage.close();
        registry.close();
    }
}
