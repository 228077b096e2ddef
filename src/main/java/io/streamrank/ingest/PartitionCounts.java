package io.streamrank.ingest;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.jspecify.annotations.Nullable;

/** How many partitions topics have. */
final class PartitionCounts {
    private static final Duration STEP = Duration.ofMillis(100);

    private PartitionCounts() {}

    /**
     * Asks for each topic's number of partitions, never 0: a topic that was just created is unknown to a broker that
     * has not yet heard of it, so it is asked for again.
     *
     * @throws StartException if a topic stays unknown
     */
    static Map<String, Integer> of(Consumer<?, ?> consumer, List<String> topics, Duration patience)
            throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        Map<String, Integer> counts = new HashMap<>();
        for (String topic : topics) {
            int count = count(consumer.partitionsFor(topic));
            while (count == 0) {
                if (System.nanoTime() > deadline) {
                    throw new StartException("topic " + topic + " has no partitions that the broker knows of");
                }
                Thread.sleep(STEP.toMillis());
                count = count(consumer.partitionsFor(topic));
            }
            counts.put(topic, count);
        }
        return counts;
    }

    private static int count(@Nullable List<PartitionInfo> partitions) {
        return partitions == null ? 0 : partitions.size();
    }
}
