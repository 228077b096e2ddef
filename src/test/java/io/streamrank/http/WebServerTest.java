package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Health.State;
import io.streamrank.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Health health = Health.STARTING;
    private WebServer server;

    @BeforeEach
    void start() throws IOException {
        server = started(0);
    }

    private WebServer started(int port) throws IOException {
        HttpSettings settings =
                new HttpSettings("127.0.0.1", port, AccessSettings.LOCAL, false, 1, 1, PATIENCE, PATIENCE, PATIENCE);
        return WebServer.start(settings, () -> HealthCheck.of(health), TestingServer::metrics, ApiSources.NONE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "STARTING, false, 503, 503, 200",
        "READY, true, 200, 200, 200",
        "CUT_OFF, true, 200, 503, 200",
        "STOPPING, true, 200, 503, 200",
        "STUCK, true, 200, 503, 503",
        "ENDED, true, 200, 503, 503"
    })
    void answersByState(State state, boolean joined, int started, int ready, int live) throws Exception {
        health = in(state, joined);

        assertThat(get("/q/health/started").statusCode()).isEqualTo(started);
        assertThat(get("/q/health/ready").statusCode()).isEqualTo(ready);
        assertThat(get("/q/health/live").statusCode()).isEqualTo(live);
        assertThat(get("/q/health").statusCode()).isEqualTo(ready);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/q/metrics"})
    void answersWithTheMetricsInTheFormatAskedFor(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .header("Accept", "application/openmetrics-text")
                .build();

        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains("text/test");
        assertThat(answer.headers().firstValue("date")).isPresent();
        assertThat(answer.body()).isEqualTo("pairs 1 for application/openmetrics-text\n");
    }

    @Test
    void saysWhatIsBehindIt() throws Exception {
        health = in(State.CUT_OFF, true);

        HttpResponse<String> answer = get("/q/health/ready");

        assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        JsonNode body = new ObjectMapper().readTree(answer.body());
        assertThat(body.get("status").asText()).isEqualTo("DOWN");
        JsonNode check = body.get("checks").get(0);
        assertThat(check.get("name").asText()).isEqualTo("worker");
        assertThat(check.get("data").get("state").asText()).isEqualTo("CUT_OFF");
        assertThat(check.get("data").get("sincePollMs").asLong()).isEqualTo(1);
        assertThat(check.get("data").get("inPassMs").asLong()).isEqualTo(2);
        assertThat(check.get("data").get("sinceBrokerMs").asLong()).isEqualTo(3_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/q", "/q/healthy", "/q/health/livelihood", "/q/health/live/x", "/api", "/apis", "/index.html"})
    void knowsNothingElse(String path) throws Exception {
        HttpResponse<String> answer = get(path);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(TestingServer.json(answer).at("/error/status").intValue()).isEqualTo(404);
        assertThat(TestingServer.error(answer)).contains("nothing at this path");
    }

    @ParameterizedTest
    @CsvSource({
        "/q/health/live, POST, 'GET, HEAD'",
        "/metrics, DELETE, 'GET, HEAD'",
        "/api/models, PUT, 'GET, HEAD'",
        "/api/rerank, GET, POST",
        "/, POST, 'GET, HEAD'"
    })
    void saysWhichMethodsAPathTakes(String path, String method, String allowed) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .method(method, HttpRequest.BodyPublishers.ofString("{}"))
                .build();

        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).contains(allowed);
        assertThat(TestingServer.error(answer)).contains(method, allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health/live", "/metrics", "/api/models"})
    void answersHeadWithoutABody(String path) throws Exception {
        HttpRequest head = HttpRequest.newBuilder(uri(path))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build();

        HttpResponse<String> answer = client.send(head, BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void answersWhatIsNoHttpInJson() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write("what is this\r\n\r\n".getBytes(UTF_8));

            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);

            assertThat(answer).contains(" 400 Bad Request").contains("{\"error\":{\"status\":400,");
        }
    }

    @Test
    void answersAPathThatCannotBeReadInJson() throws Exception {
        String answer = raw("GET /api/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 400 ")
                .contains("{\"error\":{\"status\":400,")
                .contains("path");
    }

    @Test
    void refusesTwoNamesOfItself() throws Exception {
        String answer = raw("GET /q/health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n"
                + "Connection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400 ").contains("the header Host is given more than once");
    }

    /** Else each 401 or 404 of a page that polls would cost a connection. */
    @Test
    void aConnectionOutlivesAnErrorOfARequestWithoutABody() throws Exception {
        String answer = raw("GET /no-such HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 404 ").contains("HTTP/1.1 200 OK");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, http://127.0.0.1:80",
        "localhost, http://localhost:80",
        "0.0.0.0, http://127.0.0.1:80",
        "::, http://127.0.0.1:80",
        "'[::]', http://127.0.0.1:80",
        "::1, http://[::1]:80",
        "'[2001:db8::1]', http://[2001:db8::1]:80"
    })
    void saysWhereToAsk(String host, String url) {
        HttpSettings settings =
                new HttpSettings(host, 0, AccessSettings.LOCAL, false, 1, 1, PATIENCE, PATIENCE, PATIENCE);

        assertThat(settings.url(80)).isEqualTo(url);
    }

    @Test
    void namesTheAddressThatIsTaken() {
        assertThatThrownBy(() -> started(server.port()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + server.port() + " cannot be listened on");
    }

    @Test
    void namesAHostThatIsNotThere() {
        HttpSettings nowhere = new HttpSettings(
                "no-such-host.invalid", 0, AccessSettings.LOCAL, false, 1, 1, PATIENCE, PATIENCE, PATIENCE);

        assertThatThrownBy(() ->
                        WebServer.start(nowhere, () -> HealthCheck.of(health), TestingServer::metrics, ApiSources.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no-such-host.invalid:0 cannot be listened on");
    }

    @Test
    void leavesNoThreadsAndNoFiles() throws Exception {
        server.close();
        List<String> others = caches();
        server = started(0);
        get("/metrics");
        get("/page/lib/uplot/uPlot.min.css");

        server.close();

        Eventually.await("threads end", () -> serverThreads().isEmpty());
        assertThat(caches()).isSubsetOf(others);
    }

    /** Vert.x's folders of temporary files; programs of others have some too. */
    private static List<String> caches() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("vertx-cache"))
                    .toList();
        }
    }

    private static List<String> serverThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("vert.x") || name.startsWith("streamrank-metrics"))
                .toList();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private static Health in(State state, boolean joined) {
        return new Health(state, joined, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(3));
    }
}
