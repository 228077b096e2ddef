package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How an instance of the topology runs.
 *
 * @param bootstrapServers where the cluster is
 * @param stateDirectory where this instance keeps what it knows, or its locks alone; no other instance may use it
 * @param memoryBytes how much memory stores on disk may take for caches and what is still to be written
 * @param threads how many tasks are worked on at a time
 * @param commitInterval how often what is done is committed, and so becomes readable
 * @param pollTimeout how long a topic that has more may give nothing
 * @param closeTimeout how long a close may take
 * @param clusterTimeout how long the cluster may not answer before waiting for it ends
 * @param failureWindow after which a failure of a thread is forgotten: too many within it end the instance
 * @param clientProperties passed to every Kafka client as they are; none of {@link #RESERVED}
 */
public record StreamSettings(
        String bootstrapServers,
        Path stateDirectory,
        long memoryBytes,
        int threads,
        Duration commitInterval,
        Duration pollTimeout,
        Duration closeTimeout,
        Duration clusterTimeout,
        Duration failureWindow,
        Map<String, String> clientProperties) {

    /** Client properties that are set here and nowhere else. */
    public static final Set<String> RESERVED = Set.of(
            "application.id",
            "auto.offset.reset",
            "bootstrap.servers",
            "client.id",
            "commit.interval.ms",
            "group.id",
            "isolation.level",
            "num.stream.threads",
            "processing.guarantee",
            "rocksdb.config.setter",
            "state.dir",
            "transactional.id");

    public StreamSettings {
        requireNonNull(bootstrapServers, "bootstrapServers");
        requireNonNull(stateDirectory, "stateDirectory");
        if (memoryBytes < 1
                || threads < 1
                || commitInterval.toMillis() < 1
                || pollTimeout.toMillis() < 1
                || closeTimeout.toMillis() < 1
                || clusterTimeout.toMillis() < 1
                || failureWindow.toMillis() < 1) {
            throw new IllegalArgumentException("memory, threads and durations must be positive");
        }
        clientProperties = Map.copyOf(clientProperties);
        Set<String> reserved = new TreeSet<>(clientProperties.keySet());
        reserved.retainAll(RESERVED);
        if (!reserved.isEmpty()) {
            throw new IllegalArgumentException(
                    "the Kafka properties " + reserved + " are not to be set; see the streamrank.measure settings");
        }
    }

    /** What a client of its own gets, which reads or asks and belongs to no group. */
    public Map<String, Object> clientConfig() {
        Map<String, Object> config = new HashMap<>(clientProperties);
        config.put("bootstrap.servers", bootstrapServers);
        config.put("isolation.level", "read_committed");
        config.put("enable.auto.commit", false);
        config.put("allow.auto.create.topics", false);
        config.put("auto.offset.reset", "earliest");
        return config;
    }

    /** Names of client properties, never their values: there are passwords among them. */
    @Override
    public String toString() {
        return "StreamSettings[bootstrapServers=" + bootstrapServers + ", stateDirectory=" + stateDirectory
                + ", memoryBytes=" + memoryBytes + ", threads=" + threads + ", commitInterval=" + commitInterval
                + ", pollTimeout=" + pollTimeout + ", closeTimeout=" + closeTimeout + ", clusterTimeout="
                + clusterTimeout + ", failureWindow=" + failureWindow + ", clientProperties="
                + new TreeSet<>(clientProperties.keySet()) + "]";
    }
}
