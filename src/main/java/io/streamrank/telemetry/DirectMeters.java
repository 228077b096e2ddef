package io.streamrank.telemetry;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.streamrank.contract.ModelRef;
import io.streamrank.ingest.DirectReport;
import io.streamrank.ingest.DirectReport.Outcome;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Direct requests by model and outcome, and how long those took that were ranked. */
final class DirectMeters {
    /** Whatever models requests ask for: only those that the worker holds are label values. */
    private static final String NO_MODEL = "none";

    private final Map<String, Map<Outcome, Counter>> requests = new HashMap<>();
    private final Map<String, Timer> times = new HashMap<>();

    DirectMeters(MeterRegistry registry, List<String> models) {
        requests.put(NO_MODEL, counters(registry, NO_MODEL));
        for (String model : models) {
            requests.put(model, counters(registry, model));
            times.put(
                    model,
                    Timer.builder("streamrank.direct")
                            .description("Of each direct request that was ranked: from its arrival to its answer")
                            .tag("model", model)
                            .serviceLevelObjectives(Buckets.STAGE)
                            .register(registry));
        }
    }

    private static Map<Outcome, Counter> counters(MeterRegistry registry, String model) {
        Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counters.put(
                    outcome,
                    Counter.builder("streamrank.direct.requests")
                            .description("Direct requests by what became of them")
                            .tags("model", model, "outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        return counters;
    }

    void ended(DirectReport report) {
        String model = report.model().map(ModelRef::id).orElse(NO_MODEL);
        requireNonNull(requireNonNull(requests.get(model)).get(report.outcome()))
                .increment();
        if (report.outcome() == Outcome.RANKED) {
            requireNonNull(times.get(model)).record(report.took());
        }
    }
}
