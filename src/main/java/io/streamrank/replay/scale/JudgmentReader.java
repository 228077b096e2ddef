package io.streamrank.replay.scale;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads judgments, in whatever form they come. Thread-safe. */
@FunctionalInterface
public interface JudgmentReader {
    /**
     * A judgment of one document for one query.
     *
     * @param grade null withdraws what was judged before
     * @param timeMillis when it was judged, since 1970: the latest counts, and of several at one time the last that came
     */
    record Judged(
            String queryId, String documentId, @Nullable Integer grade, long timeMillis) {}

    /**
     * What a record says.
     *
     * @param timestamp the record's, in milliseconds since 1970
     * @return empty for a record that is no judgment
     */
    Optional<Judged> read(byte @Nullable [] key, byte @Nullable [] value, long timestamp);
}
