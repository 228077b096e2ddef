package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why an event cannot be ranked, now or ever: it goes to the dead-letter topic.
 *
 * @param reason the class of fault, a stable word for machines
 * @param message what was wrong and where, for people; names limits and values, never texts
 * @param cause what was thrown, if anything was
 */
public record Rejection(
        Reason reason, String message, @Nullable Throwable cause) {

    /** Classes of fault. Their lower-case names are part of the public contract (dead-letter headers, statistics). */
    public enum Reason {
        /** The record has no value. */
        EMPTY_VALUE,
        /** Larger than the worker accepts. */
        TOO_LARGE,
        /** Does not start with the marker of Avro single-object encoding. */
        UNKNOWN_FORMAT,
        /** Written with a schema this worker has never seen. */
        UNKNOWN_SCHEMA,
        /** Not a whole, well-formed event of its schema, or bytes follow it. */
        UNDECODABLE,
        /** Well-formed, but a field's value makes no sense: topK of 0, two candidates of one id. */
        INVALID,
        /** There is nothing to rank. */
        NO_CANDIDATES,
        /** More candidates than the worker accepts. */
        TOO_MANY_CANDIDATES,
        /** Names a model this worker does not hold. */
        UNKNOWN_MODEL,
        /** Brings token ids that its model cannot take: of another tokenizer, or outside the vocabulary. */
        UNUSABLE_TOKEN_IDS,
        /** Its model fails on it, and on it alone. */
        UNSCORABLE,
        /** Its ranking is larger than a result may be. */
        RESULT_TOO_LARGE;

        /** The reason as headers, statistics and metrics spell it: {@code unknown_model}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Rejection {
        requireNonNull(reason, "reason");
        requireNonNull(message, "message");
    }
}
