package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Serves the page from the class path, as the worker does, and answers its questions as a test lays out. */
final class PageServer implements AutoCloseable {
    private static final String POLICY =
            "default-src 'self'; base-uri 'none'; form-action 'none'; " + "frame-ancestors 'none'; object-src 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, UnaryOperator<String>> answers = new ConcurrentHashMap<>(PageAnswers.ofAnOrdinaryDay());
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger together = new AtomicInteger();
    private final AtomicInteger mostTogether = new AtomicInteger();
    private volatile long delayMillis;
    private volatile boolean reachable = true;
    private volatile @Nullable String token;
    private final Map<String, Long> refusalDelays = new ConcurrentHashMap<>();

    PageServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /**
     * Lays out an answer.
     *
     * @param name of the resource under /api/
     * @param answer JSON, by the question's query string
     */
    PageServer answering(String name, UnaryOperator<String> answer) {
        answers.put(name, answer);
        return this;
    }

    /** Leaves a resource out, as a process without a worker does. */
    PageServer without(String name) {
        answers.remove(name);
        return this;
    }

    /** From now on the API wants this token. */
    PageServer wanting(String wanted) {
        token = wanted;
        return this;
    }

    /** From now on it takes so long until a resource says that it wants another token. */
    PageServer refusingLate(String name, long millis) {
        refusalDelays.put(name, millis);
        return this;
    }

    /** Whether the API answers at all; where it does not, connections end without a word. */
    void reachable(boolean now) {
        reachable = now;
    }

    /** From now on every answer of the API takes so long. */
    void delay(long millis) {
        delayMillis = millis;
        mostTogether.set(0);
    }

    /** How often a resource was asked for. */
    int asked(String name) {
        return asked.getOrDefault(name, new AtomicInteger()).get();
    }

    /** Whether any question has not been answered yet. */
    boolean isAsked() {
        return open.get() > 0;
    }

    /** The most questions for /api/lag that were open at a time. */
    int mostLagQuestionsTogether() {
        return mostTogether.get();
    }

    private void handle(HttpExchange exchange) throws IOException {
        open.incrementAndGet();
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.startsWith("/api/")) {
                api(exchange, path.substring("/api/".length()));
            } else {
                file(exchange, path);
            }
        } finally {
            open.decrementAndGet();
        }
    }

    private void api(HttpExchange exchange, String name) throws IOException {
        if (!reachable) {
            return;
        }
        asked.computeIfAbsent(name, any -> new AtomicInteger()).incrementAndGet();
        exchange.getRequestBody().readAllBytes();
        String wanted = token;
        if (wanted != null
                && !("Bearer " + wanted).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            sleep(refusalDelays.getOrDefault(name, 0L));
            send(exchange, 401, "js", "{\"error\":{\"status\":401,\"message\":\"a token is wanted\"}}".getBytes(UTF_8));
            return;
        }
        wait(name);
        UnaryOperator<String> answer = answers.get(name);
        if (answer == null) {
            send(exchange, 404, "js", "{\"error\":{\"status\":404,\"message\":\"no such path\"}}".getBytes(UTF_8));
            return;
        }
        String query = exchange.getRequestURI().getQuery();
        send(exchange, 200, "js", answer.apply(query == null ? "" : query).getBytes(UTF_8));
    }

    private void wait(String name) {
        boolean counted = name.equals("lag");
        if (counted) {
            mostTogether.accumulateAndGet(together.incrementAndGet(), Math::max);
        }
        sleep(delayMillis);
        if (counted) {
            together.decrementAndGet();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void file(HttpExchange exchange, String path) throws IOException {
        String resource = PageFiles.resource(path);
        try (InputStream content = resource == null ? null : PageServer.class.getResourceAsStream(resource)) {
            if (content == null) {
                send(exchange, 404, "js", new byte[0]);
            } else {
                send(exchange, 200, requireNonNull(resource).replaceAll(".*\\.", ""), content.readAllBytes());
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Content-Type", TYPES.getOrDefault(type, "application/octet-stream"));
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
