package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Health.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HealthServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Health health = Health.STARTING;
    private HealthServer server;

    @BeforeEach
    void start() throws IOException {
        server = HealthServer.start(ANY_PORT, () -> HealthCheck.of(health), HealthServerTest::metrics);
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
    @ValueSource(strings = {"/", "/q", "/q/healthy", "/q/health/livelihood", "/q/health/live/x"})
    void knowsNothingElse(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void onlyAnswersQuestions() throws Exception {
        HttpRequest post = HttpRequest.newBuilder(uri("/q/health/live"))
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();

        assertThat(client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(405);
    }

    @Test
    void namesTheAddressThatIsTaken() {
        assertThatThrownBy(() ->
                        HealthServer.start(server.address(), () -> HealthCheck.of(health), HealthServerTest::metrics))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(Integer.toString(server.address().getPort()));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    }

    private static Health in(State state, boolean joined) {
        return new Health(state, joined, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(3));
    }

    private static MetricsPage.Content metrics(@Nullable String accept) {
        return new MetricsPage.Content("text/test", "pairs 1 for " + accept + "\n");
    }
}
