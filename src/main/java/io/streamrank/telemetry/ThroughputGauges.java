package io.streamrank.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.streamrank.throughput.ThroughputHealth;
import java.util.Locale;
import java.util.function.Supplier;

/** How the adding up of throughput is. */
final class ThroughputGauges {
    private ThroughputGauges() {}

    static void register(MeterRegistry registry, Supplier<ThroughputHealth> health) {
        for (ThroughputHealth.State state : ThroughputHealth.State.values()) {
            Gauge.builder("streamrank.throughput.state", () -> health.get().state() == state ? 1 : 0)
                    .description("1 for the state that the adding up is in, 0 for the others")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        FunctionCounter.builder(
                        "streamrank.throughput.undecodable",
                        health,
                        now -> now.get().undecodable())
                .description("Records that held no statistics, and were passed over")
                .register(registry);
        FunctionCounter.builder(
                        "streamrank.throughput.late", health, now -> now.get().late())
                .description("Statistics that came too late for their window")
                .register(registry);
    }
}
