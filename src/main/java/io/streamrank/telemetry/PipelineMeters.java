package io.streamrank.telemetry;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.ModelRef;
import io.streamrank.ingest.BatchTrace;
import io.streamrank.ingest.CommitReport;
import io.streamrank.ingest.DirectReport;
import io.streamrank.ingest.PipelineObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what a worker's pipeline does. Everything is registered at once, and what is counted of a model once it is
 * there, so that what never happened reads 0.
 */
final class PipelineMeters implements PipelineObserver {
    private final MeterRegistry registry;
    private final Clock clock;
    private final Map<ModelRef, ModelMeters> models = new ConcurrentHashMap<>();
    private final DeadLetterMeters deadLetters;
    private final DirectMeters direct;
    private final Map<Rebalance, Counter> rebalances = new EnumMap<>(Rebalance.class);
    private final Counter committed;
    private final Counter aborted;
    private final Counter producerReplacements;
    private final Timer tokenize;
    private final Timer publish;
    private final DistributionSummary events;
    private volatile double lastCommitSeconds;

    PipelineMeters(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        deadLetters = new DeadLetterMeters(registry);
        direct = new DirectMeters(registry);
        for (Rebalance kind : Rebalance.values()) {
            rebalances.put(
                    kind,
                    counter(
                            "rebalances",
                            "Times that partitions came or went",
                            "kind",
                            kind.name().toLowerCase(Locale.ROOT)));
        }
        committed = counter("transactions", "Deliveries by how they ended", "outcome", "committed");
        aborted = counter("transactions", "Deliveries by how they ended", "outcome", "aborted");
        producerReplacements = counter("producer.replacements", "Producers given up for a new one");
        tokenize = timer("tokenize", "Of each batch: turning its texts into token ids");
        publish = timer("publish", "Of each transaction: from the first send to the end of the commit");
        events = DistributionSummary.builder("streamrank.transaction")
                .baseUnit("events")
                .description("Of each transaction: the events that it answered")
                .serviceLevelObjectives(Buckets.COUNT)
                .register(registry);
        Gauge.builder("streamrank.last.commit.timestamp", () -> lastCommitSeconds)
                .baseUnit("seconds")
                .description("When the last transaction was committed, in seconds since 1970; 0 before the first")
                .register(registry);
    }

    /** Shows a model from now on, be there nothing to count. */
    void add(ModelRef model) {
        var unused = of(model);
        deadLetters.add(model);
        direct.add(model);
    }

    private ModelMeters of(ModelRef model) {
        return models.computeIfAbsent(model, any -> new ModelMeters(registry, any));
    }

    private Counter counter(String name, String description, String... tags) {
        return Counter.builder("streamrank." + name)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder("streamrank." + name)
                .description(description)
                .serviceLevelObjectives(Buckets.STAGE)
                .register(registry);
    }

    @Override
    public void committed(CommitReport report) {
        committed.increment();
        publish.record(report.publish());
        events.record(report.requests() + (double) report.deadLetters());
        for (BatchStatistics told : report.statistics()) {
            of(told.model()).committed(told, report.delivery());
            deadLetters.committed(told.model(), told.rejections());
        }
        lastCommitSeconds = clock.millis() / 1e3;
    }

    @Override
    public void ended(BatchTrace batch) {
        Duration first = batch.stages().get(0).took();
        tokenize.record(first);
    }

    @Override
    public void directEnded(DirectReport report) {
        direct.ended(report);
    }

    @Override
    public void deliveryFailed() {
        aborted.increment();
    }

    @Override
    public void producerReplaced() {
        producerReplacements.increment();
    }

    @Override
    public void deviceRefused(ModelRef model) {
        of(model).deviceRefused();
    }

    @Override
    public void rebalanced(Rebalance kind) {
        requireNonNull(rebalances.get(kind)).increment();
    }
}
