package io.streamrank.ingest;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a worker has before it.
 *
 * @param events polled and not yet answered
 * @param bytes that these hold in memory, about
 * @param paused whether polling is paused for them
 * @param backlogs of the partitions that it holds
 */
public record Load(int events, long bytes, boolean paused, List<Backlog> backlogs) {
    /** Of a worker that has not begun. */
    public static final Load NONE = new Load(0, 0, false, List.of());

    /**
     * What is unanswered of a partition.
     *
     * @param records in hand and, as of the last look at it, in the topic; empty where that is not known yet
     * @param oldest the timestamp of the oldest event in hand; null where there is none, or it has none
     */
    public record Backlog(
            int partition, OptionalLong records, @Nullable Instant oldest) {}

    public Load {
        backlogs = List.copyOf(backlogs);
    }
}
