package io.streamrank.throughput;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.CommittedWindows;
import io.streamrank.testing.Eventually;
import io.streamrank.throughput.ThroughputQueries.Host;
import io.streamrank.throughput.ThroughputSettings.HostAndPort;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Instances on a real broker that come, go and fail. */
@Timeout(900)
class ThroughputIT {
    private static final String IN = "statistics";
    private static final String OUT = "throughput";
    private static final int PARTITIONS = 4;
    private static final int MODELS = 6;
    private static final int ROUND = 150;

    /** Ten times what a member's session and a rebalance take. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static EmbeddedBroker broker;
    private static Path folder;

    private final Random random = new Random(17);
    private final BatchStatisticsCodec statistics = new BatchStatisticsCodec();
    private final Instant begin = Instant.now().minus(Duration.ofMinutes(30));
    private long sentPairs;
    private int sentRecords;

    @BeforeAll
    static void start(@TempDir Path temporary) {
        folder = temporary;
        broker = EmbeddedBroker.start(BrokerSettings.in(temporary.resolve("broker")));
    }

    @BeforeEach
    void createTopics() {
        broker.createTopics(Map.of(IN, PARTITIONS, OUT, 2));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void instancesThatComeGoAndFailCountEveryPairOnce() throws Exception {
        FailingClock clock = new FailingClock();
        try (ThroughputService first = ThroughputService.start(settings("first", 7001), clock)) {
            send();
            awaitSums();
            ThroughputService second = ThroughputService.start(settings("second", 7002));
            Eventually.await(
                    "both are ready",
                    PATIENCE,
                    () -> first.health().isReady() && second.health().isReady());
            awaitTheirParts(first, second);

            // A thread dies in the middle of its transaction.
            clock.failNext(1);
            send();
            awaitSums();
            assertThat(clock.failures()).isZero();

            send();
            second.close();
            assertThat(second.health().state()).isEqualTo(ThroughputHealth.State.ENDED);
            send();
            awaitSums();
            try (ThroughputService again = ThroughputService.start(settings("second", 7002))) {
                send();
                awaitTheirParts(first, again);
                send();
                awaitSums();

                first.close();
                send();
                awaitSums();
                assertThat(again.health().late()).isZero();
            }
        }
        assertThat(sentRecords).isGreaterThan(1_000);
    }

    /** Each scope's windows are where both instances say, and nowhere else. */
    private void awaitTheirParts(ThroughputService one, ThroughputService other) throws Exception {
        Eventually.await("each holds a part, and both know which", PATIENCE, () -> parted(one, other));
    }

    private boolean parted(ThroughputService one, ThroughputService other) {
        int ofOne = 0;
        for (int model = 0; model < MODELS; model++) {
            ThroughputScope scope = new ThroughputScope("model-" + model, "0a1b2c3d4e5f", null);
            Optional<Host> host = one.queries().hostOf(scope);
            Optional<Host> told = other.queries().hostOf(scope);
            if (host.isEmpty()
                    || told.isEmpty()
                    || !host.get().address().equals(told.get().address())) {
                return false;
            }
            ThroughputService holder = host.get().self() ? one : other;
            ThroughputService stranger = host.get().self() ? other : one;
            ofOne += host.get().self() ? 1 : 0;
            try {
                if (held(holder, scope).isEmpty() || !held(stranger, scope).isEmpty()) {
                    return false;
                }
            } catch (ThroughputQueries.UnavailableException e) {
                return false;
            }
        }
        return ofOne > 0 && ofOne < MODELS && one.queries().hosts().size() == 2;
    }

    private List<Throughput> held(ThroughputService service, ThroughputScope scope) {
        return service.queries().windows(scope, WindowSize.HOUR, begin.minus(Duration.ofHours(1)), Instant.now());
    }

    private void awaitSums() throws Exception {
        Eventually.await("all windows are summed up", PATIENCE, () -> committed(WindowSize.MINUTE, true) >= sentPairs);
        for (WindowSize size : WindowSize.values()) {
            assertThat(committed(size, true)).as("all workers, %s", size).isEqualTo(sentPairs);
            assertThat(committed(size, false)).as("each worker, %s", size).isEqualTo(sentPairs);
        }
    }

    /** Statistics of the last half hour, in about their order. */
    private void send() {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < ROUND; i++) {
                BatchStatistics told = TestingStatistics.of(
                                "model-" + random.nextInt(MODELS),
                                "worker-" + random.nextInt(3),
                                begin.plusMillis(sentRecords * 1_000L + random.nextInt(30_000)),
                                1 + random.nextInt(20))
                        .build();
                sentPairs += told.pairs();
                sentRecords++;
                var unused = producer.send(
                        new ProducerRecord<>(IN, told.model().id().getBytes(UTF_8), statistics.encode(told)));
            }
        }
    }

    /** Pairs in the windows of a size, as a reader of committed records sees them. */
    private static long committed(WindowSize size, boolean together) throws RejectedException {
        return CommittedWindows.read(broker.bootstrapServers(), OUT).pairs(size, together);
    }

    private static ThroughputSettings settings(String name, int port) {
        return new ThroughputSettings(
                broker.bootstrapServers(),
                "throughput-it",
                IN,
                OUT,
                folder.resolve(name),
                Optional.of(new HostAndPort("127.0.0.1", port)),
                Duration.ofMinutes(10),
                500,
                Duration.ofMillis(200),
                1,
                Duration.ofSeconds(30),
                Prices.NONE,
                // A part changes hands sooner than by default.
                Map.of(
                        "session.timeout.ms",
                        "6000",
                        "heartbeat.interval.ms",
                        "500",
                        "probing.rebalance.interval.ms",
                        "60000",
                        "acceptable.recovery.lag",
                        "1000000"));
    }

    /** The system's, but for what it shall fail at. Asked once for each record, amid a transaction. */
    private static final class FailingClock extends Clock {
        private final AtomicInteger failures = new AtomicInteger();

        void failNext(int times) {
            failures.set(times);
        }

        int failures() {
            return failures.get();
        }

        @Override
        public long millis() {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IllegalStateException("as the test wants it");
            }
            return System.currentTimeMillis();
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("not needed here");
        }
    }
}
