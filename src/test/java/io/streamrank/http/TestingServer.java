package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.ingest.Health;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A server on a port of its own, and a client of it. */
final class TestingServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    static final HttpSettings SETTINGS = settings(AccessSettings.LOCAL);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final WebServer server;

    private TestingServer(WebServer server) {
        this.server = server;
    }

    static TestingServer start(ApiSources sources) throws IOException {
        return start(SETTINGS, sources);
    }

    static TestingServer start(HttpSettings settings, ApiSources sources) throws IOException {
        return new TestingServer(
                WebServer.start(settings, () -> HealthCheck.of(Health.STARTING), TestingServer::metrics, sources));
    }

    static HttpSettings settings(AccessSettings access) {
        return settings(access, 8);
    }

    static HttpSettings settings(AccessSettings access, int maxRequests) {
        return new HttpSettings(
                "127.0.0.1", 0, access, false, maxRequests, 100_000, PATIENCE, PATIENCE, Duration.ofSeconds(20));
    }

    static MetricsPage.Content metrics(@Nullable String accept) {
        return new MetricsPage.Content("text/test", "pairs 1 for " + accept + "\n");
    }

    int port() {
        return server.port();
    }

    /** @param headers names and values in turn */
    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send(request(path, headers));
    }

    HttpResponse<String> post(String path, String json, String... headers) throws IOException, InterruptedException {
        return send(request(path, headers)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return client.sendAsync(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
    }

    /** What comes back for these lines, until the connection ends. */
    String raw(String... lines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(String.join("\r\n", lines).concat("\r\n\r\n").getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    /** The message of an error's answer. */
    static String error(HttpResponse<String> response) throws IOException {
        return json(response).at("/error/message").asText();
    }

    @Override
    public void close() {
        server.close();
    }
}
