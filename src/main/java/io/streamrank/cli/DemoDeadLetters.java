package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.ingest.DeadLetters;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Says why lists were not ranked, in the words of the dead letters' own headers. */
final class DemoDeadLetters {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Terminal terminal;
    private final String topic;

    DemoDeadLetters(Terminal terminal, String topic) {
        this.terminal = terminal;
        this.topic = topic;
    }

    /** Dead letters of one reason. */
    private record Group(int size, String firstMessage) {}

    /**
     * Prints how many lists became dead letters, and of each reason how many and the first one's message.
     *
     * @param count how many are committed in the topic
     * @param lists how many lists were sent
     */
    void print(int count, int lists, Map<String, Object> client) {
        terminal.line("");
        terminal.line("@|bold,red Not ranked: %,d of %,d lists, which went to %s|@", count, lists, topic);
        read(count, client).forEach((reason, group) -> {
            terminal.line("  %,d as %s; the first:", group.size(), reason);
            // Not ours to format: a percent sign or markup in it is only text.
            terminal.raw("    " + group.firstMessage());
        });
    }

    private SortedMap<String, Group> read(int count, Map<String, Object> client) {
        SortedMap<String, Group> groups = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(client)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long start = System.nanoTime();
            for (int left = count; left > 0 && System.nanoTime() - start < PATIENCE.toNanos(); ) {
                for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(POLL)) {
                    groups.merge(
                            header(letter, DeadLetters.REASON),
                            new Group(1, header(letter, DeadLetters.MESSAGE)),
                            (group, more) -> new Group(group.size() + more.size(), group.firstMessage()));
                    left--;
                }
            }
        }
        return groups;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> client) {
        Map<String, Object> config = new HashMap<>(client);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        Header header = letter.headers().lastHeader(name);
        return header == null ? "(no " + name + ")" : new String(header.value(), UTF_8);
    }
}
