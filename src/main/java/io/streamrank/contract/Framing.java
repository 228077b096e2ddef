package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands before an event in a record's value. Events are told apart by their first byte: C3 01 and a fingerprint, or,
 * with a registry, 00 and the id that it gave the schema.
 *
 * @param registered schemas by id; absent where there is no registry, so that such events cannot be read
 * @param writtenIds which kinds are written with an id, and with which; all others with a fingerprint
 */
public record Framing(@Nullable RegisteredSchemas registered, Map<EventKind, Integer> writtenIds) {
    /** Fingerprints alone, and no registry. */
    public static final Framing SINGLE_OBJECT = new Framing(null, Map.of());

    public Framing {
        writtenIds = Map.copyOf(requireNonNull(writtenIds, "writtenIds"));
    }
}
