package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.SourcePosition;
import java.time.Instant;
import java.util.Optional;

/**
 * A dead letter that was committed a while ago, in short.
 *
 * @param message what was wrong, perhaps cut
 * @param source where the event stood
 * @param committedAt when this was told, after the commit
 * @param model that it was for; empty for an event that never came as far as a model
 */
public record RecentDeadLetter(
        Rejection.Reason reason, String message, SourcePosition source, Instant committedAt, Optional<ModelRef> model) {
    public RecentDeadLetter {
        requireNonNull(reason, "reason");
        requireNonNull(message, "message");
        requireNonNull(source, "source");
        requireNonNull(committedAt, "committedAt");
        requireNonNull(model, "model");
    }

    /** What it holds in memory, about. */
    long bytes() {
        return Event.OVERHEAD_BYTES + (long) Character.BYTES * message.length();
    }
}
