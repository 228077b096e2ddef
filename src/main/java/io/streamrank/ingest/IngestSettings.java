package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the worker meets Kafka.
 *
 * @param bootstrapServers where the cluster is
 * @param groupId the consumer group; workers of one group share the candidates among them
 * @param instanceId this worker's stable name: its static membership and its transactional id rest on it
 * @param groupProtocol who assigns partitions
 * @param guarantee what is promised of results
 * @param topics what is read and written
 * @param limits the bounds
 * @param createTopics whether missing topics are created at start; otherwise a missing one is an error
 * @param partitions how many partitions a created topic gets
 * @param clientProperties passed to every Kafka client as they are, security and the like; none of {@link #RESERVED}
 */
public record IngestSettings(
        String bootstrapServers,
        String groupId,
        String instanceId,
        GroupProtocol groupProtocol,
        Guarantee guarantee,
        Topics topics,
        Limits limits,
        boolean createTopics,
        int partitions,
        Map<String, String> clientProperties) {

    /** Client properties that the worker sets itself and nobody else may. */
    public static final Set<String> RESERVED = Set.of(
            "acks",
            "allow.auto.create.topics",
            "auto.offset.reset",
            "bootstrap.servers",
            "client.id",
            "enable.auto.commit",
            "enable.idempotence",
            "group.id",
            "group.instance.id",
            "group.protocol",
            "isolation.level",
            "key.deserializer",
            "key.serializer",
            "partition.assignment.strategy",
            "transaction.timeout.ms",
            "transactional.id",
            "value.deserializer",
            "value.serializer");

    /** Between group and instance in the transactional id, so that no two pairs make the same one. */
    private static final String ID_SEPARATOR = "/";

    /** What is promised of results, whatever dies. */
    public enum Guarantee {
        /** Each event has one outcome, to be read with {@code isolation.level=read_committed}. */
        EXACTLY_ONCE,
        /** Each event has an outcome, sooner readable; after a failure some have the same one again. */
        AT_LEAST_ONCE
    }

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
        requireNonNull(guarantee, "guarantee");
        requireNonNull(topics, "topics");
        requireNonNull(limits, "limits");
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions must be at least 1, not " + partitions);
        }
        if (instanceId.contains(ID_SEPARATOR)) {
            throw new IllegalArgumentException("the instance id " + instanceId + " contains a " + ID_SEPARATOR);
        }
        clientProperties = Map.copyOf(clientProperties);
        Set<String> reserved = new TreeSet<>(clientProperties.keySet());
        reserved.retainAll(RESERVED);
        if (!reserved.isEmpty()) {
            throw new IllegalArgumentException("the Kafka properties " + reserved
                    + " are the worker's own, for its guarantees rest on them; see the streamrank.* settings");
        }
    }

    /** Names of client properties, never their values: there are passwords among them. */
    @Override
    public String toString() {
        return "IngestSettings[bootstrapServers=" + bootstrapServers + ", groupId=" + groupId + ", instanceId="
                + instanceId + ", groupProtocol=" + groupProtocol + ", guarantee=" + guarantee + ", topics=" + topics
                + ", limits=" + limits + ", createTopics=" + createTopics + ", partitions=" + partitions
                + ", clientProperties=" + new TreeSet<>(clientProperties.keySet()) + "]";
    }

    /** Names the producer to the broker for good: its next incarnation fences this one. */
    public String transactionalId() {
        return groupId + ID_SEPARATOR + instanceId;
    }
}
