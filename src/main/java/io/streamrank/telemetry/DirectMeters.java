package io.streamrank.telemetry;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.streamrank.contract.ModelRef;
import io.streamrank.ingest.DirectReport;
import io.streamrank.ingest.DirectReport.Outcome;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Direct requests by model and outcome, and how long those took that were ranked. */
final class DirectMeters {
    /** Whatever models requests ask for: only those that the worker holds are label values. */
    private static final Tags NO_MODEL = Tags.of("model", "none", "revision", "none");

    private record OfModel(Map<Outcome, Counter> requests, Timer time) {}

    private final MeterRegistry registry;
    private final Map<ModelRef, OfModel> byModel = new ConcurrentHashMap<>();
    private final Map<Outcome, Counter> ofNone;

    DirectMeters(MeterRegistry registry) {
        this.registry = registry;
        ofNone = counters(NO_MODEL);
    }

    /** Shows a model from now on, be there nothing to count. */
    void add(ModelRef model) {
        var unused = of(model);
    }

    private OfModel of(ModelRef model) {
        return byModel.computeIfAbsent(
                model,
                any -> new OfModel(
                        counters(ModelMeters.tags(any)),
                        Timer.builder("streamrank.direct")
                                .description("Of each direct request that was ranked: from its arrival to its answer")
                                .tags(ModelMeters.tags(any))
                                .serviceLevelObjectives(Buckets.STAGE)
                                .register(registry)));
    }

    private Map<Outcome, Counter> counters(Tags model) {
        Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counters.put(
                    outcome,
                    Counter.builder("streamrank.direct.requests")
                            .description("Direct requests by what became of them")
                            .tags(model.and("outcome", outcome.name().toLowerCase(Locale.ROOT)))
                            .register(registry));
        }
        return counters;
    }

    void ended(DirectReport report) {
        Map<Outcome, Counter> requests =
                report.model().map(model -> of(model).requests()).orElse(ofNone);
        requireNonNull(requests.get(report.outcome())).increment();
        if (report.outcome() == Outcome.RANKED) {
            of(report.model().orElseThrow()).time().record(report.took());
        }
    }
}
