package io.streamrank.ingest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/** Asks the group coordinator. */
final class GroupOffsets implements CommittedOffsets {
    private final KafkaClients clients;
    private final String groupId;

    GroupOffsets(KafkaClients clients, String groupId) {
        this.clients = clients;
        this.groupId = groupId;
    }

    @Override
    public Map<TopicPartition, Long> of(Set<TopicPartition> partitions) {
        var spec = new ListConsumerGroupOffsetsSpec().topicPartitions(List.copyOf(partitions));
        var options = new ListConsumerGroupOffsetsOptions().requireStable(true);
        try (Admin admin = clients.admin()) {
            Map<TopicPartition, OffsetAndMetadata> answer = admin.listConsumerGroupOffsets(
                            Map.of(groupId, spec), options)
                    .partitionsToOffsetAndMetadata(groupId)
                    .get();
            Map<TopicPartition, Long> committed = new HashMap<>();
            answer.forEach((partition, offset) -> {
                if (offset != null) {
                    committed.put(partition, offset.offset());
                }
            });
            return committed;
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka
                    ? kafka
                    : new KafkaException("committed offsets of group " + groupId + " unknown", e.getCause());
        }
    }
}
