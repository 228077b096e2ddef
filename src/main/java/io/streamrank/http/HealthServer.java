package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Answers whether what runs here has started, is ready, is alive: {@code /q/health/started}, {@code /q/health/ready},
 * {@code /q/health/live}, and {@code /q/health} for all three. 200 and {@code UP}, or 503 and {@code DOWN}, in
 * MicroProfile Health's JSON. At {@code /metrics} and {@code /q/metrics}, the metrics. The JDK's own server: a probe and
 * a scrape every few seconds ask for no more.
 */
public final class HealthServer implements AutoCloseable {
    private static final int UP = 200;
    private static final int DOWN = 503;
    private static final int NOT_ALLOWED = 405;
    private static final int NOT_FOUND = 404;

    private final ObjectMapper json = new ObjectMapper();
    private final Supplier<HealthCheck> health;
    private final MetricsPage metrics;
    private final HttpServer server;
    private final ExecutorService threads;

    private HealthServer(
            Supplier<HealthCheck> health, MetricsPage metrics, HttpServer server, ExecutorService threads) {
        this.health = health;
        this.metrics = metrics;
        this.server = server;
        this.threads = threads;
    }

    /**
     * Starts answering.
     *
     * @param address where; port 0 takes any free one
     * @throws IOException if the address cannot be bound, naming it
     */
    public static HealthServer start(InetSocketAddress address, Supplier<HealthCheck> health, MetricsPage metrics)
            throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException(address + " cannot be listened on: " + e.getMessage(), e);
        }
        // A slow asker keeps one of two threads, not the poll loop.
        ExecutorService threads = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task, "streamrank-http");
            thread.setDaemon(true);
            return thread;
        });
        HealthServer started = new HealthServer(health, metrics, server, threads);
        started.route("/q/health", started.health(HealthCheck::ready));
        started.route("/q/health/started", started.health(HealthCheck::started));
        started.route("/q/health/ready", started.health(HealthCheck::ready));
        started.route("/q/health/live", started.health(HealthCheck::live));
        started.route("/metrics", started::answerMetrics);
        started.route("/q/metrics", started::answerMetrics);
        server.createContext("/", exchange -> answer(exchange, NOT_FOUND, new byte[0]));
        server.setExecutor(threads);
        server.start();
        return started;
    }

    /** Where it listens, the port resolved. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Refuses what is no request for exactly this. */
    private void route(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            if (!exchange.getRequestURI().getPath().equals(path)) {
                answer(exchange, NOT_FOUND, new byte[0]);
            } else if (!List.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
                answer(exchange, NOT_ALLOWED, new byte[0]);
            } else {
                handler.handle(exchange);
            }
        });
    }

    private HttpHandler health(Predicate<HealthCheck> isUp) {
        return exchange -> {
            HealthCheck now = requireNonNull(health.get());
            boolean up = isUp.test(now);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            answer(exchange, up ? UP : DOWN, json.writeValueAsBytes(body(now, up)));
        };
    }

    private void answerMetrics(HttpExchange exchange) throws IOException {
        MetricsPage.Content content = metrics.read(exchange.getRequestHeaders().getFirst("Accept"));
        exchange.getResponseHeaders().set("Content-Type", content.contentType());
        answer(exchange, UP, content.text().getBytes(UTF_8));
    }

    private static Map<String, Object> body(HealthCheck health, boolean up) {
        String status = up ? "UP" : "DOWN";
        Map<String, Object> check = new LinkedHashMap<>();
        check.put("name", health.name());
        check.put("status", status);
        check.put("data", health.data());
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", status);
        body.put("checks", List.of(check));
        return body;
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            boolean bodiless = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, bodiless ? -1 : body.length);
            if (!bodiless) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
