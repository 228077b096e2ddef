package io.streamrank.telemetry;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Dead letters by reason: with the model that they were for, or, where they never came so far, with none. */
final class DeadLetterMeters {
    /** Whatever models events ask for: only those that the worker holds are label values. */
    private static final Tags NO_MODEL = Tags.of("model", "none", "revision", "none");

    private static final Set<Reason> OF_A_MODEL = EnumSet.of(Reason.UNSCORABLE, Reason.RESULT_TOO_LARGE);

    /** Each dead letter is a request by its outcome, too. */
    private record Counters(Counter requests, Map<Reason, Counter> byReason) {
        void count(Reason reason, int times) {
            requests.increment(times);
            requireNonNull(byReason.get(reason)).increment(times);
        }
    }

    private final MeterRegistry registry;
    private final Map<ModelRef, Counters> byModel = new ConcurrentHashMap<>();
    private final Counters ofNone;

    DeadLetterMeters(MeterRegistry registry) {
        this.registry = registry;
        ofNone = counters(NO_MODEL, EnumSet.complementOf(EnumSet.copyOf(OF_A_MODEL)));
    }

    /** Shows a model from now on, be there nothing to count. */
    void add(ModelRef model) {
        var unused = of(model);
    }

    private Counters of(ModelRef model) {
        return byModel.computeIfAbsent(model, any -> counters(ModelMeters.tags(any), OF_A_MODEL));
    }

    private Counters counters(Tags model, Set<Reason> reasons) {
        Map<Reason, Counter> byReason = new EnumMap<>(Reason.class);
        for (Reason reason : reasons) {
            byReason.put(
                    reason,
                    Counter.builder("streamrank.dead.letters")
                            .description("Events sent to the dead letters")
                            .tags(model.and("reason", reason.word()))
                            .register(registry));
        }
        Counter requests = Counter.builder("streamrank.requests")
                .description("Events by what became of them")
                .tags(model.and("outcome", "dead_letter"))
                .register(registry);
        return new Counters(requests, byReason);
    }

    void committed(ModelRef model, Map<Rejection.Reason, Integer> rejections) {
        rejections.forEach((reason, count) -> (OF_A_MODEL.contains(reason) ? of(model) : ofNone).count(reason, count));
    }
}
