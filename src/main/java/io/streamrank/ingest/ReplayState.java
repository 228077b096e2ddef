package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the replay of a group is.
 *
 * @param partitions how many the recorded topic has
 * @param begun how many of them somebody has begun
 * @param done how many of them are answered to their ends
 * @param records offsets of those begun, from where they begin to where they end
 * @param answered how many of these are past
 */
public record ReplayState(int partitions, int begun, int done, long records, long answered) {

    /**
     * Asks the cluster.
     *
     * @return empty where the group is not known, or no replay's: it has ended longer ago than the broker keeps offsets
     * @throws KafkaException if the cluster does not say
     */
    public static Optional<ReplayState> of(Admin admin, String groupId, String topic) throws InterruptedException {
        try {
            TopicDescription described = requireNonNull(
                    admin.describeTopics(Set.of(topic)).allTopicNames().get().get(topic));
            Set<TopicPartition> partitions = new HashSet<>();
            described.partitions().forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(groupId)
                    .partitionsToOffsetAndMetadata()
                    .get();
            return of(partitions, offsets);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new KafkaException(
                    "the state of group " + groupId + " cannot be found out: " + cause.getMessage(), cause);
        }
    }

    static Optional<ReplayState> of(Set<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> offsets) {
        int begun = 0;
        int done = 0;
        long records = 0;
        long answered = 0;
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = offsets.get(partition);
            Optional<ReplayNote> note = offset == null ? Optional.empty() : ReplayNote.parse(offset.metadata());
            if (offset != null && note.isPresent()) {
                long from = note.get().from();
                long to = note.get().to();
                begun++;
                done += offset.offset() >= to ? 1 : 0;
                records += to - from;
                answered += Math.max(0, Math.min(offset.offset(), to) - from);
            }
        }
        return begun == 0
                ? Optional.empty()
                : Optional.of(new ReplayState(partitions.size(), begun, done, records, answered));
    }

    /** Whether all of it is answered. */
    public boolean isFinished() {
        return done == partitions;
    }
}
