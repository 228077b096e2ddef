package io.streamrank.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.TestingTopics;
import io.streamrank.ingest.Topics;
import io.streamrank.testing.Answer;
import io.streamrank.testing.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the three topics of outcomes with {@code read_committed} while everything else goes on, and tells a ledger. It
 * never goes back: what it has read cannot be unsaid.
 */
final class Witness implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Admin admin;
    private final List<TopicPartition> assigned;
    private final Topics topics;
    private final Ledger ledger;
    private final RankedListCodec rankings = new RankedListCodec();
    private final BatchStatisticsCodec statistics = new BatchStatisticsCodec();
    private final List<Sighting> sightings = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicReference<@Nullable CountDownLatch> wanted = new AtomicReference<>();
    private final Thread thread = new Thread(this::read, "witness");
    private volatile boolean closed;

    private Witness(String broker, Topics topics, int partitions, Ledger ledger) {
        this.topics = topics;
        this.ledger = ledger;
        admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker));
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker,
                        ConsumerConfig.CLIENT_ID_CONFIG, "witness",
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
                        // Records that vanish shall be noticed.
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none",
                        ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "100",
                        ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000",
                        ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "200"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        assigned = List.of(topics.ranked(), topics.deadLetters(), topics.batches()).stream()
                .flatMap(topic ->
                        IntStream.range(0, partitions).mapToObj(partition -> new TopicPartition(topic, partition)))
                .toList();
        thread.setDaemon(true);
    }

    /**
     * That an outcome was read.
     *
     * @param source the event it answers
     * @param writtenMillis when its worker sent it, in milliseconds since 1970
     * @param seenMillis when it was read
     * @param worker who says that it ranked it; empty where nobody does, as of dead letters
     */
    record Sighting(SourcePosition source, long writtenMillis, long seenMillis, String worker) {}

    static Witness start(String broker, Topics topics, int partitions, Ledger ledger) {
        Witness witness = new Witness(broker, topics, partitions, ledger);
        witness.thread.start();
        return witness;
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, nobody else would tell
    private void read() {
        try (consumer;
                admin) {
            consumer.assign(assigned);
            assigned.forEach(partition -> consumer.seek(partition, 0));
            while (!closed) {
                poll();
                CountDownLatch reached = wanted.getAndSet(null);
                if (reached != null) {
                    readToTheEnd();
                    reached.countDown();
                }
            }
        } catch (Throwable e) {
            if (!closed) {
                failure.set(e);
            }
        }
    }

    /**
     * To what is written now, committed or not; what is sent meanwhile does not count. A reader gets past a transaction
     * only once it has ended, so this waits for the last marker of each. The consumer's own {@code endOffsets} would be
     * where it is held back.
     */
    private void readToTheEnd() throws Exception {
        Map<TopicPartition, OffsetSpec> latest =
                assigned.stream().collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        var ends = admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                .all()
                .get();
        while (ends.entrySet().stream()
                .anyMatch(
                        end -> consumer.position(end.getKey()) < end.getValue().offset())) {
            poll();
        }
    }

    private void poll() throws RejectedException {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            TopicPartition where = new TopicPartition(record.topic(), record.partition());
            if (record.topic().equals(topics.batches())) {
                ledger.counted(statistics.decode(record.value()));
            } else if (record.topic().equals(topics.ranked())) {
                Ranking ranking = rankings.decode(record.value());
                saw(record, where, ranking.source(), Answer.of(ranking));
            } else {
                saw(record, where, TestingTopics.source(record), TestingTopics.answer(record));
            }
        }
    }

    private void saw(ConsumerRecord<?, ?> record, TopicPartition where, SourcePosition source, Answer answer) {
        ledger.answered(where, source, answer);
        Header worker = record.headers().lastHeader("ce_source");
        String name = worker == null ? "" : new String(worker.value(), UTF_8);
        synchronized (sightings) {
            sightings.add(new Sighting(source, record.timestamp(), System.currentTimeMillis(), name));
        }
    }

    /** How many outcomes were read so far. */
    int sightings() {
        synchronized (sightings) {
            return sightings.size();
        }
    }

    /** Those read so far but for so many at the beginning, in the order of reading. */
    List<Sighting> sightings(int from) {
        synchronized (sightings) {
            return List.copyOf(sightings.subList(from, sightings.size()));
        }
    }

    /** What it died of; null while it reads on. */
    @Nullable Throwable failure() {
        return failure.get();
    }

    /** Asks it to read all that is written now; the latch opens when it has. */
    CountDownLatch catchUp() {
        CountDownLatch reached = new CountDownLatch(1);
        wanted.set(reached);
        return reached;
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
    }
}
