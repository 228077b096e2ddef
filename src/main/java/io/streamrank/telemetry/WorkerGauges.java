package io.streamrank.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** How a worker is, and what it has before it. Asked when {@link #refresh} is called; shows that until the next time. */
final class WorkerGauges {
    private static final double NANOS_PER_SECOND = 1e9;

    private final MeterRegistry registry;
    private final Supplier<Health> healthNow;
    private final Supplier<Load> loadNow;
    private final Clock clock;
    private final MultiGauge lagRecords;
    private final MultiGauge lagAge;
    private volatile Health health = Health.STARTING;
    private volatile Load load = Load.NONE;

    WorkerGauges(
            MeterRegistry registry,
            Supplier<Health> healthNow,
            Supplier<Load> loadNow,
            long maxInFlightBytes,
            Clock clock) {
        this.registry = registry;
        this.healthNow = healthNow;
        this.loadNow = loadNow;
        this.clock = clock;
        for (Health.State state : Health.State.values()) {
            Gauge.builder("streamrank.worker.state", () -> health.state() == state ? 1 : 0)
                    .description("1 for the state that the worker is in, 0 for the others")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        ofHealth("streamrank.poll.age", Health::sincePoll, "Time since the poll loop last came round");
        ofHealth("streamrank.pass.age", Health::inPass, "How long the present forward pass has taken; 0 while none is");
        ofHealth("streamrank.broker.age", Health::sinceBroker, "Time since the group's coordinator was last spoken to");
        ofLoad("streamrank.in.flight.events", null, Load::events, "Events polled and not yet answered");
        ofLoad("streamrank.in.flight", "bytes", Load::bytes, "What the events in flight hold in memory, about");
        Gauge.builder("streamrank.in.flight.limit", () -> maxInFlightBytes)
                .baseUnit("bytes")
                .description("Above it polling pauses")
                .register(registry);
        ofLoad(
                "streamrank.assigned.partitions",
                null,
                now -> now.backlogs().size(),
                "Partitions that this worker holds");
        ofLoad(
                "streamrank.paused.partitions",
                null,
                now -> now.paused() ? now.backlogs().size() : 0,
                "Partitions not polled while enough is in flight");
        lagRecords = MultiGauge.builder("streamrank.lag")
                .baseUnit("records")
                .description("Records of a partition that are not answered, as of its last fetch")
                .register(registry);
        lagAge = MultiGauge.builder("streamrank.lag.age")
                .baseUnit("seconds")
                .description("Age of the oldest event of a partition that was polled and is not answered; 0 for none")
                .register(registry);
    }

    private void ofHealth(String name, Function<Health, Duration> value, String description) {
        Gauge.builder(name, () -> value.apply(health).toNanos() / NANOS_PER_SECOND)
                .baseUnit("seconds")
                .description(description)
                .register(registry);
    }

    private void ofLoad(String name, @Nullable String unit, ToDoubleFunction<Load> value, String description) {
        Gauge.builder(name, () -> value.applyAsDouble(load))
                .baseUnit(unit)
                .description(description)
                .register(registry);
    }

    void refresh() {
        health = healthNow.get();
        Load now = loadNow.get();
        load = now;
        lagRecords.register(
                now.backlogs().stream()
                        .filter(backlog -> backlog.records().isPresent())
                        .map(backlog -> Row.of(tags(backlog), backlog.records().getAsLong()))
                        .toList(),
                true);
        Instant time = clock.instant();
        lagAge.register(
                now.backlogs().stream()
                        .map(backlog -> Row.of(tags(backlog), age(backlog.oldest(), time)))
                        .toList(),
                true);
    }

    private static Tags tags(Load.Backlog backlog) {
        return Tags.of("partition", Integer.toString(backlog.partition()));
    }

    /** The timestamp is another machine's, whose clock may be ahead of this one's. */
    private static double age(@Nullable Instant oldest, Instant now) {
        return oldest == null || oldest.isAfter(now)
                ? 0
                : Duration.between(oldest, now).toMillis() / 1e3;
    }
}
