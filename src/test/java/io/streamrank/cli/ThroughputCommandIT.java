package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.WindowSize;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.CommittedWindows;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.PackagedApp;
import io.streamrank.throughput.TestingStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged application adds up, is killed, and another goes on. */
@Timeout(1_200)
class ThroughputCommandIT {
    private static final int RECORDS = 400;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static EmbeddedBroker broker;
    private static Path folder;

    private final BatchStatisticsCodec codec = new BatchStatisticsCodec();
    private final Instant begin = Instant.now().minus(Duration.ofMinutes(2));
    private long sentPairs;

    @BeforeAll
    static void start(@TempDir Path temporary) {
        folder = temporary;
        broker = EmbeddedBroker.start(BrokerSettings.in(temporary.resolve("broker")));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void aKilledInstanceIsReplacedAndNothingIsCountedTwice() throws Exception {
        try (PackagedApp first = command("--create-topics")) {
            first.awaitOutput("Throughput of rerank.batches is added up into rerank.throughput");
            send();
            awaitCommitted(sentPairs / 2);
            send();
            first.signal("KILL");
            assertThat(first.exitCode()).isEqualTo(137);
        }
        try (PackagedApp second = command()) {
            send();
            awaitCommitted(sentPairs);

            second.signal("TERM");

            assertThat(second.exitCode(Duration.ofSeconds(60))).isEqualTo(143);
            assertThat(second.err()).contains("Throughput is committed").doesNotContain("ERROR");
            // Kafka's producer warns of a broker that is still busy with the transaction before, and of what it had
            // sent
            // after that; it tries again.
            assertThat(second.err().lines())
                    .filteredOn(line -> line.contains("WARN"))
                    .allMatch(line ->
                            line.matches(".*retrying .*Error: (CONCURRENT_TRANSACTIONS|OUT_OF_ORDER_SEQUENCE_NUMBER)"));
        }
        assertThat(pairs()).isEqualTo(sentPairs);
        try (PackagedApp table = command("--watch", "--once", "--format", "table", "--window", "1h")) {
            assertThat(table.exitCode()).isZero();
            assertThat(table.out()).contains("Throughput  ", "model-0", "  worker-1", "p50/p99/max");
        }
    }

    @Test
    void saysWhichTopicIsMissing() throws Exception {
        try (PackagedApp watching = PackagedApp.start(
                folder,
                Map.of("STREAMRANK_TOPICS_THROUGHPUT", "nowhere"),
                "throughput",
                "--watch",
                "-b",
                broker.bootstrapServers())) {
            assertThat(watching.exitCode()).isEqualTo(ExitCode.KAFKA);
            assertThat(watching.err()).contains("topics missing").contains("nowhere");
        }
    }

    private static void awaitCommitted(long pairs) throws Exception {
        Eventually.await(
                pairs + " pairs are added up",
                PackagedApp.PATIENCE,
                () -> CommittedWindows.read(broker.bootstrapServers(), "rerank.throughput")
                                .pairs(WindowSize.HOUR, true)
                        >= pairs);
    }

    /** Pairs in the hours of all workers together, the last record of each counting. */
    private static long pairs() throws IOException, InterruptedException {
        Map<String, Long> pairs = new HashMap<>();
        try (PackagedApp watching = command("--watch", "--once", "--window", "1h")) {
            assertThat(watching.exitCode()).as(watching.err()).isZero();
            for (String line : watching.out().lines().toList()) {
                JsonNode window = JSON.readTree(line);
                if (window.get("worker").isNull()) {
                    pairs.put(
                            window.get("model") + "@" + window.get("start"),
                            window.at("/work/pairs").longValue());
                }
            }
        }
        return pairs.values().stream().mapToLong(Long::longValue).sum();
    }

    private void send() {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                BatchStatistics told =
                        TestingStatistics.ofRequest("model-" + i % 3, "worker-" + i % 2, begin, 1 + i % 7);
                sentPairs += told.pairs();
                var unused = producer.send(
                        new ProducerRecord<>("rerank.batches", told.model().id().getBytes(UTF_8), codec.encode(told)));
            }
        }
    }

    private static PackagedApp command(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("throughput", "-b", broker.bootstrapServers()));
        arguments.addAll(List.of(more));
        // A killed member's part is free sooner than by default.
        arguments.addAll(List.of("--property", "session.timeout.ms=6000", "--property", "heartbeat.interval.ms=1000"));
        return PackagedApp.start(folder, Map.of("STREAMRANK_HTTP_PORT", "0"), arguments.toArray(String[]::new));
    }
}
