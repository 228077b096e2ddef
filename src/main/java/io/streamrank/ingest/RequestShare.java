package io.streamrank.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * Where a request stands when a model's requests are shared between two revisions. The place depends on what is asked
 * and on the revision alone: all workers agree on it, it stays when shares change, and so a request that the next
 * revision has ranked at a share it ranks at any larger one.
 */
final class RequestShare {
    private static final int DOUBLE_BITS = 53;

    private RequestShare() {}

    /**
     * The first 53 bits of the SHA-256 over the model's id, a zero byte, the next revision, a zero byte, and the record's
     * key; where there is none, the query's id, and where there is none either, the query's text. As a fraction: from 0,
     * below 1.
     */
    static double of(ModelRef next, RerankRequest request, byte @Nullable [] key) {
        MessageDigest digest = sha256();
        digest.update(next.id().getBytes(UTF_8));
        digest.update((byte) 0);
        digest.update(next.revision().getBytes(UTF_8));
        digest.update((byte) 0);
        digest.update(key != null && key.length > 0 ? key : name(request).getBytes(UTF_8));
        long bits = ByteBuffer.wrap(digest.digest()).getLong() >>> (Long.SIZE - DOUBLE_BITS);
        return (double) bits / (1L << DOUBLE_BITS);
    }

    private static String name(RerankRequest request) {
        String id = request.query().id();
        return id == null || id.isEmpty() ? request.query().text() : id;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
