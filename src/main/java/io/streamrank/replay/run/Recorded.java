package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What stands at one place of a source. */
public sealed interface Recorded {
    /** Where. Of a file: its name, partition 0 and the line, counted from 1. */
    SourcePosition source();

    /**
     * A candidate list.
     *
     * @param timestamp of its record, in milliseconds since 1970; absent where it has none
     * @param key of its record; empty where it has none
     */
    record CandidateEvent(SourcePosition source, @Nullable Long timestamp, Optional<byte[]> key, RerankRequest request)
            implements Recorded {
        public CandidateEvent {
            requireNonNull(source, "source");
            requireNonNull(key, "key");
            requireNonNull(request, "request");
        }
    }

    /**
     * Something that cannot be replayed.
     *
     * @param reason a stable word for machines
     * @param message what is wrong, for people; names no texts
     */
    record Unusable(SourcePosition source, String reason, String message) implements Recorded {
        /** Why events are missing that retention took away before they could be read. */
        static final String DELETED = "deleted";

        public Unusable {
            requireNonNull(source, "source");
            requireNonNull(reason, "reason");
            requireNonNull(message, "message");
        }

        /** What the worker would have made a dead letter of. */
        public static Unusable of(SourcePosition source, Rejection rejection) {
            return new Unusable(source, rejection.reason().word(), rejection.message());
        }
    }
}
