package io.streamrank.embedded;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes topics on a broker and waits until each of their partitions answers. */
final class TopicCreation {
    static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Duration RETRY_BACKOFF = Duration.ofMillis(50);

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
                    .map(topic -> new NewTopic(topic.getKey(), Optional.of(topic.getValue()), Optional.empty()))
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
                retrying(() -> admin.describeTopics(existing).allTopicNames()).values()) {
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
        retrying(() -> admin.listOffsets(ends).all());
    }

    /** The controller answers before the broker has heard of a topic, and the client does not wait for that. */
    private static <T> T retrying(Supplier<KafkaFuture<T>> request)
            throws ExecutionException, InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                return await(request.get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException) || System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(RETRY_BACKOFF.toMillis());
            }
        }
    }

    private static <T> T await(KafkaFuture<T> future)
            throws ExecutionException, InterruptedException, TimeoutException {
        return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
