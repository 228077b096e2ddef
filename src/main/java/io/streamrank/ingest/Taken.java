package io.streamrank.ingest;

import java.util.List;

/** What the batching stage takes at a time. Never of both kinds, for their ways part after scoring. At least one. */
sealed interface Taken {
    /** To be published in one transaction. */
    record Events(List<Event> events) implements Taken {}

    /** To be answered to callers who wait. */
    record Direct(List<DirectRequest> requests) implements Taken {}
}
