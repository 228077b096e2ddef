package io.streamrank.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.ingest.RolloutReport.Rollout;
import io.streamrank.ingest.RolloutReport.State;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** How far next revisions are. Asked when {@link #refresh} is called; shows that until the next time. */
final class RolloutGauges {
    private final Supplier<RolloutReport> now;
    private final MultiGauge states;
    private volatile RolloutReport report = RolloutReport.NONE;

    RolloutGauges(MeterRegistry registry, Supplier<RolloutReport> now) {
        this.now = now;
        Gauge.builder("streamrank.rollout.file.error", () -> report.fileError().isPresent() ? 1 : 0)
                .description("1 while what the rollout file says cannot be followed")
                .register(registry);
        states = MultiGauge.builder("streamrank.rollout.state")
                .description("1 for the state that a model's next revision is in, 0 for the others")
                .register(registry);
    }

    void refresh() {
        report = now.get();
        states.register(report.rollouts().stream().flatMap(RolloutGauges::rows).toList(), true);
    }

    private static Stream<Row<?>> rows(Rollout rollout) {
        return Stream.of(State.values())
                .map(state -> Row.of(
                        Tags.of("model", rollout.model(), "state", state.name().toLowerCase(Locale.ROOT)),
                        rollout.state() == state ? 1 : 0));
    }
}
