package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.UNDECODABLE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The keys of judgments: a JSON array of query id and candidate id, without white space. Equal pairs have equal bytes,
 * so that they lie in one partition and compaction keeps the last; a record of such a key without a value withdraws.
 */
public final class JudgmentKeys {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JudgmentKeys() {}

    /** What a key names. */
    public record Pair(String queryId, String candidateId) {}

    /** {@code ["q1","d7"]}. */
    public static byte[] encode(String queryId, String candidateId) {
        try {
            return JSON.writeValueAsBytes(JSON.createArrayNode().add(queryId).add(candidateId));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write a key to memory", e);
        }
    }

    /**
     * Which query and document a key names.
     *
     * @throws RejectedException with UNDECODABLE
     */
    public static Pair decode(byte[] key) throws RejectedException {
        JsonNode parts;
        try {
            parts = JSON.readTree(key);
        } catch (IOException e) {
            throw EventFormat.rejected(UNDECODABLE, "the key is not JSON", e);
        }
        if (!parts.isArray()
                || parts.size() != 2
                || !parts.get(0).isTextual()
                || !parts.get(1).isTextual()) {
            throw EventFormat.rejected(UNDECODABLE, "the key names no query and document", null);
        }
        return new Pair(parts.get(0).textValue(), parts.get(1).textValue());
    }
}
