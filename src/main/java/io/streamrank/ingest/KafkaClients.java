package io.streamrank.ingest;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes the worker's Kafka clients, each with only the settings it accepts. */
final class KafkaClients {
    /** What one fetch brings at most: with the bound on bytes in flight it bounds the worker's memory. */
    private static final int FETCH_MAX_BYTES = 16 << 20;

    private final IngestSettings settings;

    KafkaClients(IngestSettings settings) {
        this.settings = settings;
    }

    KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> config = common("consumer");
        config.put(ConsumerConfig.GROUP_ID_CONFIG, settings.groupId());
        config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, settings.instanceId());
        config.put(
                ConsumerConfig.GROUP_PROTOCOL_CONFIG, settings.groupProtocol().word());
        if (settings.groupProtocol() == IngestSettings.GroupProtocol.CLASSIC) {
            config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        }
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_MAX_BYTES);
        config.putAll(settings.clientProperties());
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> config = common("producer");
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, settings.transactionalId());
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                settings.limits().transactionTimeout().toMillis());
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        // A commit flushes, so waiting for company costs nothing and fills the requests.
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000);
        // The broker's limit decides; a dead letter carries an event of any size the worker accepts, and some headers.
        config.put(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Math.addExact(Math.max(settings.limits().maxEventBytes(), FETCH_MAX_BYTES), 1 << 20));
        config.putAll(settings.clientProperties());
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    Admin admin() {
        return Admin.create(common("admin"));
    }

    private Map<String, Object> common(String role) {
        Map<String, Object> config = new HashMap<>(settings.clientProperties());
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        config.put(ProducerConfig.CLIENT_ID_CONFIG, settings.transactionalId() + "-" + role);
        return config;
    }
}
