package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A consumer group at a moment: who is in it, and how far it is behind.
 *
 * @param state the group's, as Kafka spells it: {@code Stable}, {@code PreparingRebalance}, {@code Assigning},
 *     {@code Reconciling}, {@code Empty}; {@code Dead} also where the brokers know no such group
 * @param members by instance id
 * @param partitions of the candidates topic, by number
 */
public record GroupSnapshot(String state, List<Member> members, List<PartitionLag> partitions) {

    /**
     * A worker, or whoever else has joined the group.
     *
     * @param instanceId its stable name; empty for a member that has none
     * @param clientId what its client calls itself
     * @param host from where it speaks to the brokers
     * @param partitions of the candidates topic that it holds, by number
     */
    public record Member(Optional<String> instanceId, String clientId, String host, List<Integer> partitions) {
        public Member {
            requireNonNull(instanceId, "instanceId");
            requireNonNull(clientId, "clientId");
            requireNonNull(host, "host");
            partitions = List.copyOf(partitions);
        }
    }

    /**
     * How far the group is behind in a partition.
     *
     * @param partition its number
     * @param committed the offset of the next event to be answered; empty where the group has none yet
     * @param end the offset after the last event that workers may read: before the first of a producer's transaction that
     *     is still open. Empty where the partition's broker does not answer
     * @param records from the committed offset, or else from the oldest record, to the end; aborted ones and the ends of
     *     transactions have offsets, too, so there may be fewer events. Empty where the end is
     * @param member who holds it, by its instance id; empty where nobody does
     */
    public record PartitionLag(
            int partition, OptionalLong committed, OptionalLong end, OptionalLong records, Optional<String> member) {
        public PartitionLag {
            requireNonNull(committed, "committed");
            requireNonNull(end, "end");
            requireNonNull(records, "records");
            requireNonNull(member, "member");
        }
    }

    public GroupSnapshot {
        requireNonNull(state, "state");
        members = List.copyOf(members);
        partitions = List.copyOf(partitions);
    }

    /** Of all partitions, as far as known. */
    public long records() {
        return partitions.stream()
                .mapToLong(partition -> partition.records().orElse(0))
                .sum();
    }
}
