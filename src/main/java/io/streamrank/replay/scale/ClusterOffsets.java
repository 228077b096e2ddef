package io.streamrank.replay.scale;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Asks the cluster itself. For one thread. */
final class ClusterOffsets implements TopicOffsets {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration POLL = Duration.ofMillis(100);

    private final String application;
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    ClusterOffsets(Map<String, Object> clientConfig, String application) {
        this.application = application;
        this.admin = Admin.create(clientConfig);
        try {
            this.consumer = new KafkaConsumer<>(clientConfig, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (RuntimeException e) {
            admin.close();
            throw e;
        }
    }

    @Override
    public boolean holdsMore(TopicPartition partition, long from, long end) {
        consumer.assign(List.of(partition));
        if (from >= 0) {
            consumer.seek(partition, from);
        } else {
            consumer.seekToBeginning(List.of(partition));
        }
        long deadline = System.nanoTime() + LOOK.toNanos();
        while (System.nanoTime() - deadline < 0) {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : polled) {
                return record.offset() < end;
            }
            if (consumer.position(partition) >= end) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Map<TopicPartition, Long> ends(Set<String> topics) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicDescription topic : describe(topics)) {
            topic.partitions()
                    .forEach(
                            info -> asked.put(new TopicPartition(topic.name(), info.partition()), OffsetSpec.latest()));
        }
        Map<TopicPartition, Long> found = new HashMap<>();
        try {
            Map<TopicPartition, ListOffsetsResultInfo> all =
                    admin.listOffsets(asked).all().get();
            all.forEach((partition, info) -> found.put(partition, info.offset()));
            return found;
        } catch (ExecutionException e) {
            throw failed("the ends of " + topics, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Collection<TopicDescription> describe(Collection<String> topics) {
        try {
            return admin.describeTopics(new HashSet<>(topics))
                    .allTopicNames()
                    .get()
                    .values();
        } catch (ExecutionException e) {
            throw failed("the partitions of " + topics, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public Map<TopicPartition, Long> committed() {
        try {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(application)
                    .partitionsToOffsetAndMetadata()
                    .get();
            Map<TopicPartition, Long> committed = new HashMap<>();
            offsets.forEach((partition, offset) -> {
                if (offset != null) {
                    committed.put(partition, offset.offset());
                }
            });
            return committed;
        } catch (ExecutionException e) {
            throw failed("the offsets of " + application, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static KafkaException failed(String what, ExecutionException error) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        return new KafkaException(what + " cannot be found out: " + cause.getMessage(), cause);
    }

    private static InterruptException interrupted(InterruptedException error) {
        return new InterruptException(error);
    }

    @Override
    public void close() {
        try {
            consumer.close();
        } finally {
            admin.close();
        }
    }
}
