package io.streamrank.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A schema registry on loopback that speaks as much of Confluent's API as is used, and can be made to fail in the ways
 * that registries and what stands before them do.
 */
public final class FakeRegistry implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern BY_ID = Pattern.compile("/schemas/ids/(-?\\d+)");
    private static final Pattern VERSIONS = Pattern.compile("/subjects/([^/]+)/versions");
    private static final Pattern VERSION = Pattern.compile("/subjects/([^/]+)/versions/(\\d+)");

    /** An answer instead of the right one. */
    public record Fault(int status, String body) {
        public static final Fault UNAVAILABLE = new Fault(503, "upstream connect error");
        public static final Fault PROXY_PAGE = new Fault(200, "<html>please log in</html>");
        public static final Fault PLAIN_NOT_FOUND = new Fault(404, "<html>no such page</html>");
        public static final Fault FORBIDDEN = new Fault(401, "{\"error_code\":401,\"message\":\"Unauthorized\"}");
    }

    private final Map<Integer, ObjectNode> byId = new ConcurrentHashMap<>();
    private final Map<String, List<Integer>> subjects = new TreeMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private volatile Fault fault;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean strict;

    private FakeRegistry() {}

    public static FakeRegistry start() throws IOException {
        FakeRegistry registry = new FakeRegistry();
        registry.listen(0);
        return registry;
    }

    private void listen(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    /** Nobody listens any more. */
    public void goAway() {
        server.stop(0);
    }

    /** Listens again where it did. */
    public void comeBack() throws IOException {
        listen(server.getAddress().getPort());
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/apis/ccompat/v7");
    }

    /** From now on every answer is this; null for the right ones. */
    public void failWith(Fault fault) {
        this.fault = fault;
    }

    /** Keeps later requests unanswered until the latch is counted down. */
    public CountDownLatch hang() {
        gate = new CountDownLatch(1);
        return gate;
    }

    /** Refuses whatever would follow another schema. */
    public void refuseChanges() {
        strict = true;
    }

    /** Has a schema under an id and no subject. */
    public void put(int id, String schema) {
        byId.put(id, JSON.createObjectNode().put("schema", schema));
    }

    /** Has something under an id that is no schema of Avro. */
    public void putOfType(int id, String type) {
        byId.put(id, JSON.createObjectNode().put("schema", "{}").put("schemaType", type));
    }

    /** Has a schema under a subject, as somebody else registered it. */
    public synchronized int register(String subject, String schema) {
        List<Integer> ids = subjects.computeIfAbsent(subject, any -> new ArrayList<>());
        int id = byId.entrySet().stream()
                .filter(entry -> entry.getValue().path("schema").asText().equals(schema))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(100 + byId.size());
        put(id, schema);
        if (!ids.contains(id)) {
            ids.add(id);
        }
        return id;
    }

    /** Method and path of each request. */
    public List<String> requests() {
        return requests;
    }

    /** The Authorization header of each request that had one. */
    public List<String> authorizations() {
        return authorizations;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().replaceFirst("^/apis/ccompat/v7", "");
        requests.add(exchange.getRequestMethod() + " " + path);
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization != null) {
            authorizations.add(authorization);
        }
        byte[] body = exchange.getRequestBody().readAllBytes();
        try {
            gate.await();
        } catch (InterruptedException e) {
            exchange.close();
            return;
        }
        Fault failing = fault;
        Fault answer = failing == null ? answer(exchange.getRequestMethod(), path, body) : failing;
        byte[] bytes = answer.body().getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private synchronized Fault answer(String method, String path, byte[] body) throws IOException {
        Matcher id = BY_ID.matcher(path);
        if (id.matches()) {
            ObjectNode schema = byId.get(Integer.valueOf(id.group(1)));
            return schema == null ? error(404, 40403, "no such schema") : ok(schema);
        }
        if (path.startsWith("/compatibility/")) {
            return ok(JSON.createObjectNode().put("is_compatible", !strict));
        }
        if (path.startsWith("/config")) {
            return ok(JSON.createObjectNode().put("compatibilityLevel", strict ? "FULL" : "NONE"));
        }
        Matcher versions = VERSIONS.matcher(path);
        if (versions.matches()) {
            return method.equals("POST") ? posted(versions.group(1), body) : listed(versions.group(1));
        }
        Matcher version = VERSION.matcher(path);
        return version.matches()
                ? version(version.group(1), Integer.parseInt(version.group(2)))
                : error(404, 404, "no such path");
    }

    private Fault posted(String subject, byte[] body) throws IOException {
        if (strict && subjects.containsKey(subject)) {
            return error(409, 409, "Schema being registered is incompatible");
        }
        String schema = JSON.readTree(body).path("schema").asText();
        return ok(JSON.createObjectNode().put("id", register(subject, schema)));
    }

    private Fault listed(String subject) {
        List<Integer> ids = subjects.get(subject);
        if (ids == null) {
            return error(404, 40401, "Subject '" + subject + "' not found.");
        }
        var numbers = JSON.createArrayNode();
        for (int version = 1; version <= ids.size(); version++) {
            numbers.add(version);
        }
        return ok(numbers);
    }

    private Fault version(String subject, int version) {
        int id = subjects.get(subject).get(version - 1);
        ObjectNode node = byId.get(id).deepCopy();
        return ok(node.put("subject", subject).put("version", version).put("id", id));
    }

    private static Fault ok(JsonNode body) {
        try {
            return new Fault(200, JSON.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Fault error(int status, int code, String message) {
        return new Fault(status, "{\"error_code\":" + code + ",\"message\":\"" + message + "\"}");
    }

    @Override
    public void close() {
        gate.countDown();
        goAway();
        threads.shutdownNow();
    }
}
