package io.streamrank.http;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.WindowSize;
import io.streamrank.throughput.ThroughputQueries;
import io.streamrank.throughput.ThroughputQueries.Host;
import io.streamrank.throughput.WorkerThroughput;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Windows of throughput, of this process and of others that share them with it. From any thread. */
public interface ThroughputSource {
    /** Who adds them up: {@code streams} for all workers, {@code worker} for what this one has done itself. */
    String kind();

    /**
     * The windows that are here, of all models and workers.
     *
     * @param from the earliest start
     * @param to the latest start
     * @throws ThroughputQueries.UnavailableException if they cannot be asked for now
     */
    List<Throughput> windows(WindowSize size, Instant from, Instant to);

    /**
     * Who keeps windows, this process included; empty where it alone does, or nobody knows.
     *
     * @param model whose windows; null for those of all
     */
    List<Host> hosts(@Nullable String model);

    /** Those that the topology keeps. */
    static ThroughputSource of(ThroughputQueries queries) {
        return new ThroughputSource() {
            @Override
            public String kind() {
                return "streams";
            }

            @Override
            public List<Throughput> windows(WindowSize size, Instant from, Instant to) {
                return queries.all(size, from, to);
            }

            @Override
            public List<Host> hosts(@Nullable String model) {
                return model == null
                        ? queries.hosts()
                        : queries.hostOf(model).map(List::of).orElseGet(queries::hosts);
            }
        };
    }

    /** Those that a worker adds up for itself. */
    static ThroughputSource of(WorkerThroughput own) {
        return new ThroughputSource() {
            @Override
            public String kind() {
                return "worker";
            }

            @Override
            public List<Throughput> windows(WindowSize size, Instant from, Instant to) {
                return own.windows(size, from, to);
            }

            @Override
            public List<Host> hosts(@Nullable String model) {
                return List.of();
            }
        };
    }
}
