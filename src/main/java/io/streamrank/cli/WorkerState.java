package io.streamrank.cli;

import io.streamrank.http.ApiSources;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import java.util.Optional;

/** How a worker of this process is, or is to be. From any thread. */
interface WorkerState {
    /** How it is. */
    Health health();

    /** What it has before it. */
    Load load();

    /** Who ranks for callers that wait; empty before the worker runs. */
    Optional<ApiSources.Ranker> ranker();
}
