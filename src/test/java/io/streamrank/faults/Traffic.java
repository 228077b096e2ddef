package io.streamrank.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.SourcePosition;
import io.streamrank.testing.Ledger;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes mixed events at a steady rate in a thread of its own, whatever happens to the broker, and tells a ledger where
 * each came to stand. May be begun and ended many times.
 */
final class Traffic implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 600_000;

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final int partitions;
    private final Ledger ledger;
    private final MixedEvents events;
    private final Random random;
    private final Map<SourcePosition, Long> writtenMillis = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile Thread thread = new Thread(() -> {});
    private volatile boolean stopped;

    Traffic(String broker, String topic, int partitions, Ledger ledger, MixedEvents events, long seed) {
        this.topic = topic;
        this.partitions = partitions;
        this.ledger = ledger;
        this.events = events;
        this.random = new Random(seed);
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, "traffic");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MILLIS);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 200);
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Begins to write. */
    void begin(double eventsPerSecond) {
        stopped = false;
        thread = new Thread(() -> send(eventsPerSecond), "traffic");
        thread.setDaemon(true);
        thread.start();
    }

    private void send(double eventsPerSecond) {
        long start = System.nanoTime();
        for (long sent = 0; !stopped && failure.get() == null; sent++) {
            long due = start + (long) (sent * TimeUnit.SECONDS.toNanos(1) / eventsPerSecond);
            for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                LockSupport.parkNanos(early);
            }
            send(events.next());
        }
    }

    private void send(MixedEvents.Mixed event) {
        int partition = random.nextInt(partitions);
        byte[] key = ("key-" + partition).getBytes(UTF_8);
        var unused = producer.send(
                new ProducerRecord<>(topic, partition, key, event.value()),
                (metadata, error) -> acknowledged(metadata, error, event));
    }

    private void acknowledged(RecordMetadata at, @Nullable Exception error, MixedEvents.Mixed event) {
        if (error != null || !at.hasOffset()) {
            failure.compareAndSet(null, error != null ? error : new IllegalStateException("no offset for " + at));
            return;
        }
        SourcePosition position = new SourcePosition(at.topic(), at.partition(), at.offset());
        writtenMillis.put(position, System.currentTimeMillis());
        ledger.sent(position, event.answer());
    }

    /** When each event was acknowledged, in milliseconds since 1970. */
    Map<SourcePosition, Long> writtenMillis() {
        return writtenMillis;
    }

    /** Writes no more, and waits until all is acknowledged. */
    void end() throws InterruptedException {
        stopped = true;
        thread.join();
        producer.flush();
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError("the traffic itself failed: nothing is known of the workers", failed);
        }
    }

    @Override
    public void close() {
        stopped = true;
        producer.close(Duration.ofSeconds(5));
    }
}
