package io.streamrank.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.PackagedApp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsIT {
    private static final String CHECKPOINT = "models/minilm-l6-reranker";
    private static final String SAMPLE = "samples/squad11-dev";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REQUEST = """
            {"requestId": "lima", "query": "What is the capital of Peru?", "topK": 2, "attributes": {"tenant": "a"},
             "candidates": [{"id": "potato", "text": "The potato was first grown in the Andes."},
                            {"id": "cusco", "text": "Cusco was the capital of the Inca Empire."},
                            {"id": "lima", "text": "Lima is the capital and largest city of Peru."}]}""".replace("\n", "");

    private static EmbeddedBroker broker;
    private static Path folder;

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
    void ranksWhatIsSentAndDrainsWhenAskedToEnd() throws Exception {
        try (PackagedApp worker = command("work", "--model", CHECKPOINT, "--create-topics")) {
            worker.awaitOutput("Assigned");
            assertThat(readiness(worker)).isEqualTo(200);

            assertThat(outputOf(command("send", "--beir", SAMPLE, "--limit", "5", "--depth", "5")))
                    .contains("Sent 5 candidate lists with 25 candidates to rerank.candidates");
            assertThat(outputOf(command("send", "--jsonl", "-").input(REQUEST)))
                    .contains("Sent 1 candidate lists with 3 candidates");
            Map<String, JsonNode> rankings = byRequest(
                    outputOf(command("tail", "--from-beginning", "--format", "jsonl", "--max", "6", "--idle", "120s")));

            assertThat(new TreeSet<>(rankings.keySet()))
                    .containsExactly("devq0", "devq1", "devq2", "devq3", "devq4", "lima");
            rankings.values().forEach(CommandsIT::assertWellFormed);
            JsonNode lima = requireNonNull(rankings.get("lima"));
            assertThat(lima.get("ranking").findValuesAsText("id")).containsExactly("lima", "cusco");
            assertThat(lima.at("/ranking/0/previousRank").intValue()).isEqualTo(3);
            assertThat(lima.at("/attributes/tenant").textValue()).isEqualTo("a");
            assertThat(requireNonNull(rankings.get("devq0")).get("ranking")).hasSize(5);

            worker.signal("TERM");

            assertThat(worker.exitCode(Duration.ofSeconds(30))).isEqualTo(143);
            assertThat(worker.err())
                    .contains("Asked to end")
                    .contains("Drained and left the group: 6 lists ranked, 0 dead letters")
                    .doesNotContain("WARN")
                    .doesNotContain("ERROR");
            assertThat(worker.out()).isEmpty();
        }
    }

    @Test
    void looksIntoACheckpointWithoutKafka() throws Exception {
        assertThat(outputOf(PackagedApp.start(folder, "models", "inspect", CHECKPOINT)))
                .startsWith(CHECKPOINT + "\n  family    bert, 6 layers, 22,713,601 parameters\n")
                .endsWith("complete  can be served\n");
        try (PackagedApp broken = PackagedApp.start(folder, "models", "inspect", SAMPLE)) {
            assertThat(broken.exitCode()).isEqualTo(3);
            assertThat(broken.out()).contains("broken    3 problems:");
            assertThat(broken.err()).isEmpty();
        }
    }

    @Test
    void endsWithAnExitCodeAndOneLineWhenSomethingIsWrong() throws Exception {
        try (PackagedApp noBroker = PackagedApp.start(folder, "tail", "--bootstrap-servers", "127.0.0.1:1");
                PackagedApp usage = command("send", "--beir", SAMPLE, "--limit", "none");
                PackagedApp noCheckpoint = command("work", "--model", "no/such/folder");
                PackagedApp malformed = command("send", "--create-topics", "--jsonl", "-")) {
            malformed.input(REQUEST + "\n{\"query\": \"q\"}\n");

            assertThat(usage.exitCode()).isEqualTo(2);
            assertThat(usage.err())
                    .isEqualToNormalizingNewlines(
                            "error: Invalid value for option '--limit': expected a whole number from 1 to 2147483647,"
                                    + " not 'none'\nTry: streamrank send --help\n");
            assertThat(noCheckpoint.exitCode()).isEqualTo(3);
            assertThat(noCheckpoint.err())
                    .startsWith("error: no/such/folder: is not a folder")
                    .hasLineCount(1);
            assertThat(malformed.exitCode()).isEqualTo(5);
            assertThat(malformed.err())
                    .contains("error: standard input, line 2: lacks 'candidates', an array of objects with 'id' and"
                            + " 'text'; sent before it: 1");
            assertThat(noBroker.exitCode()).isEqualTo(4);
            assertThat(noBroker.err())
                    .contains("error: no Kafka broker answered at 127.0.0.1:1 within 15 s")
                    .doesNotContain("\tat ");
        }
    }

    private static int readiness(PackagedApp worker) throws Exception {
        Matcher health = Pattern.compile("health at (http://127\\.0\\.0\\.1:\\d+/q/health)")
                .matcher(worker.err());
        assertThat(health.find()).as(worker.err()).isTrue();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(health.group(1) + "/ready")).build();
        return HttpClient.newHttpClient()
                .send(request, BodyHandlers.discarding())
                .statusCode();
    }

    private static void assertWellFormed(JsonNode ranking) {
        assertThat(ranking.get("outcome").textValue()).isEqualTo("RANKED");
        assertThat(ranking.at("/model/id").textValue()).isEqualTo("minilm-l6-reranker");
        assertThat(ranking.at("/model/revision").textValue()).matches("[0-9a-f]{12}");
        assertThat(ranking.at("/model/family").textValue()).isEqualTo("bert");
        assertThat(ranking.at("/source/topic").textValue()).isEqualTo("rerank.candidates");
        double before = Double.POSITIVE_INFINITY;
        int rank = 0;
        for (JsonNode candidate : ranking.get("ranking")) {
            assertThat(candidate.get("rank").intValue()).isEqualTo(++rank);
            assertThat(candidate.get("score").doubleValue()).isLessThanOrEqualTo(before);
            before = candidate.get("score").doubleValue();
        }
    }

    private static Map<String, JsonNode> byRequest(String lines) throws IOException {
        Map<String, JsonNode> rankings = new HashMap<>();
        for (String line : lines.lines().toList()) {
            JsonNode ranking = JSON.readTree(line);
            assertThat(rankings.put(ranking.get("requestId").textValue(), ranking))
                    .as("first answer")
                    .isNull();
        }
        return rankings;
    }

    private static PackagedApp command(String name, String... options) throws IOException {
        String[] arguments = new String[options.length + 3];
        arguments[0] = name;
        arguments[1] = "--bootstrap-servers";
        arguments[2] = broker.bootstrapServers();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return PackagedApp.start(
                folder, Map.of("STREAMRANK_HTTP_PORT", "0", "STREAMRANK_MODEL_DTYPE", "float32"), arguments);
    }

    private static String outputOf(PackagedApp command) throws IOException, InterruptedException {
        try (command) {
            assertThat(command.exitCode()).as(command.err()).isZero();
            return command.out();
        }
    }
}
