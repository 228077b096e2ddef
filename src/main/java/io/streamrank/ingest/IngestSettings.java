package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Map;

/**
 * How the worker meets Kafka.
 *
 * @param bootstrapServers where the cluster is
 * @param groupId the consumer group; workers of one group share the candidates among them
 * @param instanceId this worker's stable name: its static membership and its transactional id rest on it
 * @param groupProtocol who assigns partitions
 * @param topics what is read and written
 * @param limits the bounds
 * @param createTopics whether missing topics are created at start; otherwise a missing one is an error
 * @param partitions how many partitions a created topic gets
 * @param clientProperties passed to every Kafka client as they are: security and the like
 */
public record IngestSettings(
        String bootstrapServers,
        String groupId,
        String instanceId,
        GroupProtocol groupProtocol,
        Topics topics,
        Limits limits,
        boolean createTopics,
        int partitions,
        Map<String, String> clientProperties) {

    /** Who assigns partitions to the members of a group. */
    public enum GroupProtocol {
        /** The members, by the cooperative-sticky assignor. */
        CLASSIC,
        /** The broker (KIP-848). */
        CONSUMER;

        /** The word Kafka's {@code group.protocol} takes. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public IngestSettings {
        requireNonNull(bootstrapServers, "bootstrapServers");
        requireNonNull(groupId, "groupId");
        requireNonNull(instanceId, "instanceId");
        requireNonNull(groupProtocol, "groupProtocol");
        requireNonNull(topics, "topics");
        requireNonNull(limits, "limits");
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions must be at least 1, not " + partitions);
        }
        clientProperties = Map.copyOf(clientProperties);
    }

    /** Names the producer to the broker for good: its next incarnation fences this one. */
    public String transactionalId() {
        return groupId + "-" + instanceId;
    }
}
