package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Files over HTTP, with everything that can go wrong on the way. */
final class FakeServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = Collections.synchronizedMap(new HashMap<>());
    private final Map<String, String> redirections = Collections.synchronizedMap(new HashMap<>());
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private volatile Guard guard = exchange -> true;
    private volatile int busyAnswers;
    private volatile int cuts;
    private volatile boolean ranges = true;

    /** Lets a request pass, or answers it. */
    interface Guard {
        boolean passes(HttpExchange exchange) throws IOException;
    }

    FakeServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    String url(String path) {
        return "http://" + host() + path;
    }

    FakeServer with(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    FakeServer redirecting(String path, String to) {
        redirections.put(path, to);
        return this;
    }

    void guardedBy(Guard newGuard) {
        guard = newGuard;
    }

    /** The next answers are 503. */
    void busyFor(int answers) {
        busyAnswers = answers;
    }

    /** The next files end in the middle. */
    void cutting(int times) {
        cuts = times;
    }

    void withoutRanges() {
        ranges = false;
    }

    /** Method, path and range of each request so far. */
    List<String> asked() {
        return List.copyOf(asked);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            String range = exchange.getRequestHeaders().getFirst("Range");
            asked.add(path + (range == null ? "" : " " + range));
            if (busyAnswers > 0) {
                busyAnswers--;
                send(exchange, 503, "busy");
            } else if (guard.passes(exchange)) {
                String to = redirections.get(path);
                byte[] file = files.get(path);
                if (to != null) {
                    exchange.getResponseHeaders().set("Location", to);
                    send(exchange, 307, "");
                } else if (file == null) {
                    send(exchange, 404, "<Error><Code>NoSuchKey</Code></Error>");
                } else {
                    send(exchange, file, ranges ? range : null);
                }
            }
        }
    }

    private void send(HttpExchange exchange, byte[] file, @Nullable String range) throws IOException {
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        exchange.getResponseHeaders().set("ETag", "\"" + Digests.sha256(file).substring(0, 8) + "\"");
        if (range != null) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (file.length - 1) + "/" + file.length);
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, file.length - from);
        OutputStream out = exchange.getResponseBody();
        boolean cut = cuts > 0 && file.length > 1_000;
        if (cut) {
            cuts--;
            out.write(file, from, (file.length - from) / 2);
            out.flush();
            return;
        }
        out.write(file, from, file.length - from);
    }

    static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
