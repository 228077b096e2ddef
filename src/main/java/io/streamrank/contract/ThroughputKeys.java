package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.UNDECODABLE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * The keys of throughput records: a JSON array of model, revision, worker (null for all of them), window size and window
 * start in milliseconds, without white space. Equal windows have equal bytes, so that compaction keeps one record of
 * each.
 */
public final class ThroughputKeys {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SCOPE_PARTS = 3;

    private ThroughputKeys() {}

    /** {@code ["minilm","0a1b2c3d4e5f",null,"10s",1800000000000]}. */
    public static byte[] encode(Throughput throughput) {
        return bytes(scopeNode(throughput.scope())
                .add(throughput.size().word())
                .add(throughput.start().toEpochMilli()));
    }

    /** The first three parts alone. */
    public static byte[] encode(ThroughputScope scope) {
        return bytes(scopeNode(scope));
    }

    /**
     * Whose windows a scope's key names.
     *
     * @throws RejectedException with UNDECODABLE
     */
    public static ThroughputScope decodeScope(byte[] key) throws RejectedException {
        JsonNode parts = parse(key);
        if (parts.size() != SCOPE_PARTS || !isScope(parts)) {
            throw notAKey(parts.toString());
        }
        return scope(parts);
    }

    /**
     * Which window a record's key names.
     *
     * @throws RejectedException with UNDECODABLE
     */
    public static Window decode(byte[] key) throws RejectedException {
        JsonNode parts = parse(key);
        WindowSize size = WindowSize.of(parts.path(SCOPE_PARTS).asText()).orElse(null);
        JsonNode start = parts.path(SCOPE_PARTS + 1);
        if (parts.size() != SCOPE_PARTS + 2 || !isScope(parts) || size == null || !start.canConvertToLong()) {
            throw notAKey(parts.toString());
        }
        return new Window(scope(parts), size, Instant.ofEpochMilli(start.longValue()));
    }

    /** A window by name. */
    public record Window(ThroughputScope scope, WindowSize size, Instant start) {}

    private static ArrayNode scopeNode(ThroughputScope scope) {
        return JSON.createArrayNode().add(scope.model()).add(scope.revision()).add(scope.worker());
    }

    private static boolean isScope(JsonNode parts) {
        JsonNode worker = parts.path(2);
        return parts.isArray()
                && parts.path(0).isTextual()
                && parts.path(1).isTextual()
                && (worker.isTextual() || worker.isNull());
    }

    private static ThroughputScope scope(JsonNode parts) {
        return new ThroughputScope(
                parts.get(0).textValue(), parts.get(1).textValue(), parts.get(2).textValue());
    }

    private static JsonNode parse(byte[] key) throws RejectedException {
        try {
            return JSON.readTree(key);
        } catch (IOException e) {
            throw EventFormat.rejected(UNDECODABLE, "the key is not JSON", e);
        }
    }

    private static RejectedException notAKey(String key) {
        return EventFormat.rejected(UNDECODABLE, "the key " + key + " names no window", null);
    }

    private static byte[] bytes(JsonNode key) {
        try {
            return JSON.writeValueAsBytes(key);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write a key to memory", e);
        }
    }
}
