package io.streamrank.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes and reads partition 0 of a topic, for tests of a broker. */
record TopicRecords(String bootstrapServers, String topic) {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    KafkaProducer<String, String> transactionalProducer() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("transactional.id", "test");
        properties.put("max.block.ms", Long.toString(LIMIT.toMillis()));
        var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    void commit(String... values) {
        try (var producer = transactionalProducer()) {
            commit(producer, values);
        }
    }

    void commit(KafkaProducer<String, String> producer, String... values) {
        producer.beginTransaction();
        send(producer, values);
        producer.commitTransaction();
    }

    void abort(KafkaProducer<String, String> producer, String... values) {
        producer.beginTransaction();
        send(producer, values);
        producer.flush();
        producer.abortTransaction();
    }

    private void send(KafkaProducer<String, String> producer, String... values) {
        for (String value : values) {
            var unused = producer.send(new ProducerRecord<>(topic, 0, null, value));
        }
    }

    /** Every record up to the end, as a reader of the given isolation level sees them. */
    List<String> read(String isolationLevel) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("isolation.level", isolationLevel);
        properties.put("auto.offset.reset", "earliest");
        properties.put("default.api.timeout.ms", Long.toString(LIMIT.toMillis()));
        var partition = new TopicPartition(topic, 0);
        List<String> values = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (consumer.position(partition) < end && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    /**
     * The committed records, read again until there are as many as expected: a transaction that was committed just
     * before a broker was killed is completed some time after the restart.
     */
    List<String> readCommitted(int expected) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        List<String> values = read("read_committed");
        while (values.size() < expected && System.nanoTime() < deadline) {
            Thread.sleep(100);
            values = read("read_committed");
        }
        return values;
    }

    String clusterId() throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrapServers))) {
            return admin.describeCluster().clusterId().get();
        }
    }
}
