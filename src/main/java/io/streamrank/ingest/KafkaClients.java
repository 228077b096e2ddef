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

/**
 * Makes the Kafka clients of workers and of what publishes as they do, each with only the settings it accepts: defaults first, then what the user sets, then
 * what exactly-once rests on.
 */
public final class KafkaClients {
    /** What one fetch brings at most, compressed; {@link #maxPollRecords} bounds what becomes of it. */
    private static final int FETCH_MAX_BYTES = 16 << 20;

    /** Kafka's default. */
    private static final long BUFFER_BYTES = 32 << 20;

    /** Score, rank, previous rank and mark in a ranking, at most. */
    private static final int CANDIDATE_NUMBERS_BYTES = 16;

    /** Kafka's default. */
    private static final int POLL_RECORDS_MAX = 500;

    private static final int DELIVERY_MILLIS_MAX = 30_000;
    private static final int EXTRA_BYTES = 1 << 20;

    private final IngestSettings settings;

    KafkaClients(IngestSettings settings) {
        this.settings = settings;
    }

    KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(consumerConfig(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    Map<String, Object> consumerConfig() {
        Map<String, Object> config = new HashMap<>();
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_MAX_BYTES);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, maxPollRecords());
        config.putAll(common("consumer"));
        config.put(ConsumerConfig.GROUP_ID_CONFIG, settings.groupId());
        config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, settings.instanceId());
        config.put(
                ConsumerConfig.GROUP_PROTOCOL_CONFIG, settings.groupProtocol().word());
        if (settings.groupProtocol() == IngestSettings.GroupProtocol.CLASSIC) {
            config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        }
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // The poll loop decides what a missing or impossible offset means.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return config;
    }

    KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(producerConfig(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * A producer as a worker with exactly-once delivery has it, for transactions of somebody else.
     *
     * @param transactionalId whose; another one with the same ends what this one has begun
     */
    public static KafkaProducer<byte[], byte[]> transactionalProducer(IngestSettings settings, String transactionalId) {
        KafkaClients clients = new KafkaClients(settings);
        Map<String, Object> config = clients.plainProducerConfig();
        clients.makeTransactional(config, transactionalId);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, transactionalId);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    Map<String, Object> producerConfig() {
        Map<String, Object> config = plainProducerConfig();
        if (settings.guarantee() == IngestSettings.Guarantee.EXACTLY_ONCE) {
            makeTransactional(config, settings.transactionalId());
        }
        return config;
    }

    private void makeTransactional(Map<String, Object> config, String transactionalId) {
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, transactionMillis());
    }

    private int transactionMillis() {
        return Math.toIntExact(settings.limits().transactionTimeout().toMillis());
    }

    private Map<String, Object> plainProducerConfig() {
        Map<String, Object> config = new HashMap<>();
        // The one compression that every client in every language reads.
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        // A commit flushes, so waiting for company costs nothing and fills the requests.
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        // What takes half as long as a transaction may is better given up than found aborted.
        int deliveryMillis = Math.min(DELIVERY_MILLIS_MAX, transactionMillis() / 2);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, deliveryMillis / 3);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deliveryMillis);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, deliveryMillis);
        // The producer counts a record's bytes before compression, the broker after it, and the broker's limit shall
        // decide: a dead letter carries an event of any size the worker accepts, and some headers; a ranking carries
        // what the event brought, and some numbers for each candidate.
        int maxRecordBytes = maxRecordBytes();
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecordBytes);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(BUFFER_BYTES, 2L * maxRecordBytes));
        config.putAll(common("producer"));
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        return config;
    }

    /**
     * Few enough that one poll brings no more than may be in flight, however large and well compressed the events are.
     * The consumer keeps what it has fetched, so a small poll is a cheap one.
     */
    private int maxPollRecords() {
        Limits limits = settings.limits();
        return (int) Math.max(1, Math.min(POLL_RECORDS_MAX, limits.maxInFlightBytes() / limits.maxEventBytes()));
    }

    private int maxRecordBytes() {
        Limits limits = settings.limits();
        long numbers = (long) limits.maxCandidates() * CANDIDATE_NUMBERS_BYTES;
        return Math.toIntExact(Math.max(limits.maxEventBytes(), FETCH_MAX_BYTES) + numbers + EXTRA_BYTES);
    }

    Admin admin() {
        return admin("admin");
    }

    /** @param role what tells it apart from others that are open meanwhile */
    Admin admin(String role) {
        return Admin.create(common(role));
    }

    private Map<String, Object> common(String role) {
        Map<String, Object> config = new HashMap<>(settings.clientProperties());
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        config.put(ProducerConfig.CLIENT_ID_CONFIG, settings.transactionalId() + "-" + role);
        return config;
    }
}
