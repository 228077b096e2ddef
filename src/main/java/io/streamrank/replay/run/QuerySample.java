package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A part of all queries, the same each time and whatever else is replayed: a query belongs to it if the first 53 bits of
 * the SHA-256 of its text in UTF-8, as a fraction of 1, are less than the part. A smaller part lies within a larger one.
 *
 * @param part from above 0 to 1
 */
public record QuerySample(double part) {
    private static final int FRACTION_BITS = 53;

    /** All of them. */
    public static final QuerySample ALL = new QuerySample(1);

    public QuerySample {
        if (!(part > 0 && part <= 1)) {
            throw new IllegalArgumentException("a sample is a part above 0 and up to 1, not " + part);
        }
    }

    /** Whether lists of this query are replayed. */
    public boolean holds(String query) {
        return part == 1 || fraction(query) < part;
    }

    private static double fraction(String query) {
        byte[] digest = sha256().digest(query.getBytes(UTF_8));
        long bits = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            bits = bits << Byte.SIZE | (digest[i] & 0xff);
        }
        return (bits >>> (Long.SIZE - FRACTION_BITS)) * 0x1p-53;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
