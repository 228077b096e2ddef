package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.ModelRef;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a direct request ended.
 *
 * @param model that it was for; empty where it named one that this worker does not hold
 * @param outcome what became of it
 * @param took from its arrival to its answer
 */
public record DirectReport(Optional<ModelRef> model, Outcome outcome, Duration took) {

    /** What became of a direct request. */
    public enum Outcome {
        /** Scored, ordered and answered. */
        RANKED,
        /** Its deadline passed before it was scored. */
        EXPIRED,
        /** It could not be ranked as it was. */
        REJECTED,
        /** Too many were waiting. */
        OVERLOADED,
        /** The worker took none, or ended before it had answered. */
        UNAVAILABLE,
        /** Its caller went away. */
        ABANDONED;

        /** From how the answer was completed. */
        static Outcome of(@Nullable Throwable error) {
            if (error == null) {
                return RANKED;
            }
            if (!(error instanceof DirectRankingException refused)) {
                return ABANDONED;
            }
            return switch (refused.reason()) {
                case OVERLOADED -> OVERLOADED;
                case UNAVAILABLE -> UNAVAILABLE;
                case EXPIRED -> EXPIRED;
                case REJECTED -> REJECTED;
            };
        }
    }

    public DirectReport {
        requireNonNull(model, "model");
        requireNonNull(outcome, "outcome");
        requireNonNull(took, "took");
    }
}
