package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthProbeTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        answer("/q/health/live", 200);
        answer("/q/health/ready", 503);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void isWellWhereTheAnswerIsOk() {
        assertThat(ask("0.0.0.0", "live")).isZero();
        assertThat(ask("127.0.0.1", "live")).isZero();
        assertThat(out.toString(UTF_8)).contains("live: 200 from http://127.0.0.1:");
    }

    @Test
    void isNotWellWhereTheWorkerSaysSo() {
        assertThat(ask("0.0.0.0")).isEqualTo(1);
        assertThat(out.toString(UTF_8)).contains("ready: 503");
    }

    @Test
    void isNotWellWhereNobodyAnswers() {
        String port = port();
        server.stop(0);

        assertThat(HealthProbe.ask(
                        new String[] {"live"}, Map.of("STREAMRANK_HTTP_PORT", port), new PrintStream(out, true, UTF_8)))
                .isEqualTo(1);
        assertThat(out.toString(UTF_8)).contains("live: no answer from http://127.0.0.1:" + port + "/q/health/live");
    }

    @Test
    void refusesOtherQuestions() {
        assertThat(ask("127.0.0.1", "lively")).isEqualTo(2);
        assertThat(ask("127.0.0.1", "live", "ready")).isEqualTo(2);
        assertThat(out.toString(UTF_8)).contains("started, ready, live");
    }

    private int ask(String host, String... arguments) {
        return HealthProbe.ask(
                arguments,
                Map.of("STREAMRANK_HTTP_HOST", host, "STREAMRANK_HTTP_PORT", port()),
                new PrintStream(out, true, UTF_8));
    }

    private String port() {
        return Integer.toString(server.getAddress().getPort());
    }

    private void answer(String path, int status) {
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
    }
}
