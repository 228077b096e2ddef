package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.PackagedApp;
import io.streamrank.throughput.TestingStatistics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged application, asked over HTTP. */
@Timeout(1_200)
class HttpApiIT {
    private static final String CHECKPOINT = "models/minilm-l6-reranker";
    private static final String SAMPLE = "samples/squad11-dev";
    private static final String TOKEN = "a-token-0123456789";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static EmbeddedBroker broker;
    private static Path folder;

    private final HttpClient client = HttpClient.newHttpClient();

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
    void aWorkerTellsOfItselfAndRanks() throws Exception {
        int port = freePort();
        try (PackagedApp worker = command(
                Map.of("STREAMRANK_HTTP_PORT", Integer.toString(port)),
                "work",
                "--instance-id",
                "one",
                "--model",
                "minilm=" + CHECKPOINT,
                "--create-topics")) {
            worker.awaitOutput("Page at http://127.0.0.1:" + port + "/");
            worker.awaitOutput("Assigned");
            try (PackagedApp sent = command(Map.of(), "send", "--beir", SAMPLE, "--limit", "5", "--depth", "5")) {
                assertThat(sent.exitCode()).as(sent.err()).isZero();
            }
            try (PackagedApp broken = command(Map.of(), "send", "--jsonl", "-", "--model", "nobody")) {
                broken.input("{\"query\": \"q\", \"candidates\": [{\"id\": \"a\", \"text\": \"t\"}]}\n");
                assertThat(broken.exitCode()).as(broken.err()).isZero();
            }
            Eventually.await(
                    "all is committed",
                    PackagedApp.PATIENCE,
                    () -> get(port, "/api/rankings").get("rankings").size() == 5
                            && get(port, "/api/dead-letters").get("deadLetters").size() == 1);

            assertThat(get(port, "/api/models").at("/models/0/id").asText()).isEqualTo("minilm");
            assertThat(get(port, "/api/worker").get("state").asText()).isEqualTo("READY");
            assertThat(get(port, "/api/workers").at("/workers/0/self").asBoolean())
                    .isTrue();
            Eventually.await(
                    "the lag is gone",
                    PackagedApp.PATIENCE,
                    () -> get(port, "/api/lag").get("records").asLong() <= 3 * 2);
            assertThat(get(port, "/api/dead-letters")
                            .at("/counts/unknown_model")
                            .asLong())
                    .isEqualTo(1);
            assertThat(get(port, "/api/rankings").at("/rankings/0").has("query"))
                    .isFalse();
            JsonNode throughput = get(port, "/api/throughput?window=1h");
            assertThat(throughput.get("source").asText()).isEqualTo("worker");
            assertThat(pairs(throughput)).isEqualTo(25);
            JsonNode ranked = ranked(port);
            assertThat(ranked.at("/results/0/index").asInt()).isEqualTo(1);
            assertThat(ranked.at("/results/0/relevance_score").asDouble()).isBetween(0.5, 1.0);
            assertThat(pairs(get(port, "/api/throughput?window=1h"))).isEqualTo(25);

            worker.signal("TERM");

            assertThat(worker.exitCode(Duration.ofSeconds(60))).isEqualTo(143);
            assertThat(worker.err()).doesNotContain("ERROR").doesNotContain("Nothing over HTTP");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains("vertx"));
        }
    }

    private JsonNode ranked(int port) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/rerank"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"query\": \"What is the capital of Peru?\", \"documents\": ["
                                + "\"The potato was first grown in the Andes.\","
                                + " \"Lima is the capital and largest city of Peru.\"]}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    @Test
    void twoInstancesAnswerForEachOther() throws Exception {
        int first = freePort();
        int second = freePort();
        try (PackagedApp one = throughput(first);
                PackagedApp other = throughput(second)) {
            one.awaitOutput("is added up into");
            other.awaitOutput("is added up into");
            Map<String, Long> sent = send();
            awaitEachKeptOnce(first, second, sent);

            for (int port : List.of(first, second)) {
                Eventually.await(
                        "all models, from " + port,
                        PackagedApp.PATIENCE,
                        () -> sent.equals(pairsByModel(get(port, "/api/throughput?window=1h"))));
                for (String model : sent.keySet()) {
                    assertThat(pairsByModel(get(port, "/api/throughput?window=1h&model=" + model)))
                            .isEqualTo(Map.of(model, sent.get(model)));
                }
                assertThat(get(port, "/api/throughput?window=1h").get("missing"))
                        .isEmpty();
            }
        }
    }

    /** Each window is kept once: not both keep everything. How many of them each keeps is up to Kafka Streams. */
    private void awaitEachKeptOnce(int first, int second, Map<String, Long> sent) throws Exception {
        Eventually.await("each window is kept once", PackagedApp.PATIENCE, () -> {
            Map<String, Long> here = pairsByModel(get(first, "/api/throughput?window=1h&local=true"));
            Map<String, Long> there = pairsByModel(get(second, "/api/throughput?window=1h&local=true"));
            return here.size() + there.size() == sent.size() && Collections.disjoint(here.keySet(), there.keySet());
        });
    }

    private PackagedApp throughput(int port) throws IOException {
        return command(
                Map.of(
                        "STREAMRANK_HTTP_PORT",
                        Integer.toString(port),
                        "STREAMRANK_HTTP_TOKEN",
                        TOKEN,
                        "STREAMRANK_THROUGHPUT_APPLICATION_SERVER",
                        "127.0.0.1:" + port,
                        "STREAMRANK_TOPICS_BATCHES",
                        "shared.batches",
                        "STREAMRANK_TOPICS_THROUGHPUT",
                        "shared.throughput",
                        "STREAMRANK_THROUGHPUT_APPLICATION_ID",
                        "shared"),
                "throughput",
                "--create-topics");
    }

    /** @return how many pairs of which model */
    private static Map<String, Long> send() {
        BatchStatisticsCodec codec = new BatchStatisticsCodec();
        Map<String, Long> sent = new TreeMap<>();
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < 120; i++) {
                String model = "model-" + i % 12;
                int pairs = 1 + i % 7;
                sent.merge(model, (long) pairs, Long::sum);
                var unused = producer.send(new ProducerRecord<>(
                        "shared.batches",
                        model.getBytes(UTF_8),
                        codec.encode(TestingStatistics.ofRequest(model, "worker-0", Instant.now(), pairs))));
            }
        }
        return sent;
    }

    private static long pairs(JsonNode throughput) {
        return pairsByModel(throughput).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static Map<String, Long> pairsByModel(JsonNode throughput) {
        Map<String, Long> pairs = new TreeMap<>();
        throughput
                .path("windows")
                .forEach(window -> pairs.merge(
                        window.get("model").asText(), window.at("/work/pairs").asLong(), Long::sum));
        return pairs;
    }

    private JsonNode get(int port, String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Authorization", "Bearer " + TOKEN)
                        .build(),
                BodyHandlers.ofString());
        return JSON.readTree(answer.body());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static PackagedApp command(Map<String, String> environment, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-b", broker.bootstrapServers()));
        return PackagedApp.start(folder, environment, all.toArray(String[]::new));
    }
}
