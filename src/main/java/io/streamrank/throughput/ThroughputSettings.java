package io.streamrank.throughput;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.WindowSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How throughput is added up.
 *
 * @param bootstrapServers where the cluster is
 * @param applicationId names the application to Kafka: its group, its state, its internal topics
 * @param statisticsTopic where statistics come from
 * @param throughputTopic where windows go
 * @param stateDirectory where this instance keeps its locks; no other instance may use it
 * @param applicationServer host:port at which other instances may ask this one for its windows
 * @param grace how much later than its window's end a record may come
 * @param windowsKept how many windows of each size are kept for queries
 * @param commitInterval how often sums are committed, and so become readable
 * @param standbyReplicas how many instances keep a copy of each other's windows
 * @param closeTimeout how long a close may take
 * @param prices what devices cost
 * @param clientProperties passed to every Kafka client as they are; none of {@link #RESERVED}
 */
public record ThroughputSettings(
        String bootstrapServers,
        String applicationId,
        String statisticsTopic,
        String throughputTopic,
        Path stateDirectory,
        Optional<HostAndPort> applicationServer,
        Duration grace,
        int windowsKept,
        Duration commitInterval,
        int standbyReplicas,
        Duration closeTimeout,
        Prices prices,
        Map<String, String> clientProperties) {

    /** Client properties that are set here and nowhere else. */
    public static final Set<String> RESERVED = Set.of(
            "application.id",
            "application.server",
            "bootstrap.servers",
            "client.id",
            "commit.interval.ms",
            "group.id",
            "group.instance.id",
            "isolation.level",
            "num.standby.replicas",
            "processing.guarantee",
            "state.dir",
            "transactional.id");

    public ThroughputSettings {
        requireNonNull(bootstrapServers, "bootstrapServers");
        requireNonNull(applicationId, "applicationId");
        requireNonNull(statisticsTopic, "statisticsTopic");
        requireNonNull(throughputTopic, "throughputTopic");
        requireNonNull(stateDirectory, "stateDirectory");
        requireNonNull(applicationServer, "applicationServer");
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative, not " + grace);
        }
        requireAtLeast(1, windowsKept, "windowsKept");
        requireAtLeast(1, commitInterval.toMillis(), "commitInterval");
        requireAtLeast(0, standbyReplicas, "standbyReplicas");
        requireAtLeast(1, closeTimeout.toMillis(), "closeTimeout");
        requireNonNull(prices, "prices");
        clientProperties = Map.copyOf(clientProperties);
        Set<String> reserved = new TreeSet<>(clientProperties.keySet());
        reserved.retainAll(RESERVED);
        if (!reserved.isEmpty()) {
            throw new IllegalArgumentException(
                    "the Kafka properties " + reserved + " are not to be set; see the streamrank.throughput settings");
        }
    }

    /**
     * An address.
     *
     * @param host a name or an address
     * @param port from 1 to 65535
     */
    public record HostAndPort(String host, int port) {
        private static final int PORT_MAX = 65_535;

        public HostAndPort {
            requireNonNull(host, "host");
            if (host.isBlank() || port < 1 || port > PORT_MAX) {
                throw new IllegalArgumentException("expected host:port, not " + host + ":" + port);
            }
        }

        /** Reads {@code host:port}; an IPv6 address in brackets. */
        public static HostAndPort parse(String text) {
            int colon = text.lastIndexOf(':');
            try {
                return new HostAndPort(
                        text.substring(0, Math.max(colon, 0)), Integer.parseInt(text.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("expected host:port, not " + text, e);
            }
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    private static void requireAtLeast(long least, long value, String name) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
        }
    }

    /** For how long windows of a size stay in their store: at least until nothing can come for them. */
    Duration retention(WindowSize size) {
        Duration kept = size.duration().multipliedBy(windowsKept);
        Duration open = grace.plus(size.duration().multipliedBy(2));
        return kept.compareTo(open) > 0 ? kept : open;
    }

    /** Names of client properties, never their values: there are passwords among them. */
    @Override
    public String toString() {
        return "ThroughputSettings[bootstrapServers=" + bootstrapServers + ", applicationId=" + applicationId
                + ", statisticsTopic=" + statisticsTopic + ", throughputTopic=" + throughputTopic
                + ", stateDirectory=" + stateDirectory + ", applicationServer=" + applicationServer + ", grace=" + grace
                + ", windowsKept=" + windowsKept + ", commitInterval=" + commitInterval + ", standbyReplicas="
                + standbyReplicas + ", closeTimeout=" + closeTimeout + ", prices=" + prices + ", clientProperties="
                + new TreeSet<>(clientProperties.keySet()) + "]";
    }
}
