package io.streamrank.throughput;

import static java.util.Comparator.comparing;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import io.streamrank.throughput.ThroughputSettings.HostAndPort;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HostInfo;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyWindowStore;

/**
 * Answers what the windows hold that this instance keeps, and which instance keeps the others. Windows are those of the
 * last update, which may not be committed yet. Thread-safe.
 */
public final class ThroughputQueries {
    private final KafkaStreams streams;
    private final Optional<HostAndPort> self;

    ThroughputQueries(KafkaStreams streams, Optional<HostAndPort> self) {
        this.streams = streams;
        this.self = self;
    }

    /** Windows cannot be asked for now: the instance starts, or they change hands. Trying again helps. */
    public static final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Which instance keeps a scope's windows.
     *
     * @param address where it can be asked
     * @param self whether it is this one
     */
    public record Host(HostAndPort address, boolean self) {}

    /**
     * The windows of a scope that this instance keeps, oldest first; none where another does.
     *
     * @param from the earliest start
     * @param to the latest start
     * @throws UnavailableException if they cannot be asked for now
     */
    public List<Throughput> windows(ThroughputScope scope, WindowSize size, Instant from, Instant to) {
        List<Throughput> windows = new ArrayList<>();
        try (var found = store(size).fetch(scope, from, to)) {
            found.forEachRemaining(entry -> windows.add(entry.value));
        } catch (InvalidStateStoreException e) {
            throw unavailable(e);
        }
        return windows;
    }

    /**
     * All windows that this instance keeps, of all its models and workers: by model, revision, worker (all together
     * first) and start.
     *
     * @param from the earliest start
     * @param to the latest start
     * @throws UnavailableException if they cannot be asked for now
     */
    public List<Throughput> all(WindowSize size, Instant from, Instant to) {
        List<Throughput> windows = new ArrayList<>();
        try (var found = store(size).fetchAll(from, to)) {
            found.forEachRemaining(entry -> windows.add(entry.value));
        } catch (InvalidStateStoreException e) {
            throw unavailable(e);
        }
        windows.sort(comparing((Throughput window) -> window.scope().model())
                .thenComparing(window -> window.scope().revision())
                .thenComparing(
                        window -> Optional.ofNullable(window.scope().worker()).orElse(""))
                .thenComparing(Throughput::start));
        return windows;
    }

    /**
     * Which instance keeps a scope's windows; empty where instances have no address
     * (streamrank.throughput.application-server) or it is not known at present.
     */
    public Optional<Host> hostOf(ThroughputScope scope) {
        return hostOf(scope.model());
    }

    /** The same of all windows of a model, whatever its revision and worker: they are kept together. */
    public Optional<Host> hostOf(String model) {
        try {
            KeyQueryMetadata found = streams.queryMetadataForKey(
                    ThroughputTopology.storeOf(WindowSize.MINUTE),
                    new ThroughputScope(model, "", null),
                    ThroughputQueries::partitions);
            return host(found.activeHost());
        } catch (InvalidStateStoreException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    /** All instances that have an address, this one included: who wants everything asks each. */
    public List<Host> hosts() {
        try {
            return streams.metadataForAllStreamsClients().stream()
                    .map(StreamsMetadata::hostInfo)
                    .map(this::host)
                    .flatMap(Optional::stream)
                    .distinct()
                    .sorted(comparing(host -> host.address().toString()))
                    .toList();
        } catch (InvalidStateStoreException | IllegalStateException e) {
            return List.of();
        }
    }

    private Optional<Host> host(HostInfo info) {
        if (info.host().isEmpty() || info.equals(HostInfo.unavailable())) {
            return Optional.empty();
        }
        HostAndPort address = new HostAndPort(info.host(), info.port());
        return Optional.of(new Host(address, self.filter(address::equals).isPresent()));
    }

    /** As workers' producers choose it for the statistics: by the model's id. */
    private static Optional<Set<Integer>> partitions(
            String topic, ThroughputScope scope, Object value, int numPartitions) {
        byte[] key = scope.model().getBytes(StandardCharsets.UTF_8);
        return Optional.of(Set.of(BuiltInPartitioner.partitionForKey(key, numPartitions)));
    }

    private ReadOnlyWindowStore<ThroughputScope, Throughput> store(WindowSize size) {
        try {
            return streams.store(StoreQueryParameters.fromNameAndType(
                    ThroughputTopology.storeOf(size), QueryableStoreTypes.<ThroughputScope, Throughput>windowStore()));
        } catch (InvalidStateStoreException | IllegalStateException e) {
            throw unavailable(e);
        }
    }

    private UnavailableException unavailable(RuntimeException cause) {
        return new UnavailableException("throughput cannot be asked for now: it is " + streams.state(), cause);
    }
}
