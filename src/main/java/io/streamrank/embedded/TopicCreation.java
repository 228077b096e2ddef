package io.streamrank.embedded;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Makes topics on a broker and waits until each of their partitions answers. */
final class TopicCreation {
    static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Duration STEP = Duration.ofMillis(50);
    private static final short REPLICAS = 1;

    private TopicCreation() {}

    /**
     * Makes the topics that are missing.
     *
     * @throws BrokerException if a topic exists with another number of partitions, or the broker does not answer within
     *     {@link #LIMIT}
     */
    static void create(String bootstrapServers, Map<String, Integer> partitionsByName) {
        int limitMs = Math.toIntExact(LIMIT.toMillis());
        try (Admin admin = Admin.create(Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, limitMs,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, limitMs / 3))) {
            List<NewTopic> wanted = partitionsByName.entrySet().stream()
                    .map(topic -> new NewTopic(topic.getKey(), topic.getValue(), REPLICAS))
                    .toList();
            Set<String> existing = new HashSet<>();
            for (Map.Entry<String, KafkaFuture<Void>> topic :
                    admin.createTopics(wanted).values().entrySet()) {
                if (!isNew(topic.getValue())) {
                    existing.add(topic.getKey());
                }
            }
            requireSamePartitions(admin, existing, partitionsByName);
            waitUntilAnswering(admin, partitionsByName);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            throw new BrokerException(
                    "Could not make the topics " + partitionsByName + " on " + bootstrapServers + ": " + cause, cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerException("Interrupted while making the topics " + partitionsByName.keySet(), e);
        }
    }

    private static boolean isNew(KafkaFuture<Void> creation)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            await(creation);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TopicExistsException) {
                return false;
            }
            throw e;
        }
    }

    private static void requireSamePartitions(Admin admin, Set<String> existing, Map<String, Integer> partitionsByName)
            throws ExecutionException, InterruptedException, TimeoutException {
        for (TopicDescription topic :
                await(admin.describeTopics(existing).allTopicNames()).values()) {
            int found = topic.partitions().size();
            if (!Objects.equals(found, partitionsByName.get(topic.name()))) {
                throw new BrokerException("Topic " + topic.name() + " exists with " + found + " partitions, expected "
                        + partitionsByName.get(topic.name()));
            }
        }
    }

    /** Offsets come from the leader itself, so an answer means that it has taken the partition over. */
    private static void waitUntilAnswering(Admin admin, Map<String, Integer> partitionsByName)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        partitionsByName.forEach((name, partitions) -> IntStream.range(0, partitions)
                .forEach(partition -> ends.put(new TopicPartition(name, partition), OffsetSpec.latest())));
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!answers(admin, ends)) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("partitions still unknown after " + LIMIT.toSeconds() + " s");
            }
            Thread.sleep(STEP.toMillis());
        }
    }

    /** False where the broker has not yet heard of a topic that its controller has made. */
    private static boolean answers(Admin admin, Map<TopicPartition, OffsetSpec> ends)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            await(admin.listOffsets(ends).all());
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw e;
        }
    }

    private static <T> T await(KafkaFuture<T> future)
            throws ExecutionException, InterruptedException, TimeoutException {
        return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
