package io.streamrank.telemetry;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Dead letters by reason: with the model that they were for, or, where they never came so far, with none. */
final class DeadLetterMeters {
    /** Whatever models events ask for: only those that the worker holds are label values. */
    private static final String NO_MODEL = "none";

    private static final Set<Reason> OF_A_MODEL = EnumSet.of(Reason.UNSCORABLE, Reason.RESULT_TOO_LARGE);

    /** Each dead letter is a request by its outcome, too. */
    private record Counters(Counter requests, Map<Reason, Counter> byReason) {}

    private final Map<String, Counters> byModel = new HashMap<>();

    DeadLetterMeters(MeterRegistry registry, List<String> models) {
        models.forEach(model -> byModel.put(model, counters(registry, model, OF_A_MODEL)));
        byModel.put(NO_MODEL, counters(registry, NO_MODEL, EnumSet.complementOf(EnumSet.copyOf(OF_A_MODEL))));
    }

    private static Counters counters(MeterRegistry registry, String model, Set<Reason> reasons) {
        Map<Reason, Counter> byReason = new EnumMap<>(Reason.class);
        for (Reason reason : reasons) {
            byReason.put(
                    reason,
                    Counter.builder("streamrank.dead.letters")
                            .description("Events sent to the dead letters")
                            .tags("model", model, "reason", reason.word())
                            .register(registry));
        }
        Counter requests = Counter.builder("streamrank.requests")
                .description("Events by what became of them")
                .tags("model", model, "outcome", "dead_letter")
                .register(registry);
        return new Counters(requests, byReason);
    }

    void committed(String model, Map<Rejection.Reason, Integer> rejections) {
        rejections.forEach((reason, count) -> {
            Counters counters = requireNonNull(byModel.get(OF_A_MODEL.contains(reason) ? model : NO_MODEL));
            counters.requests.increment(count);
            requireNonNull(counters.byReason.get(reason)).increment(count);
        });
    }
}
