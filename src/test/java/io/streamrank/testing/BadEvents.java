package io.streamrank.testing;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Makes events that can never be ranked, in every way in which an event can be bad. */
public final class BadEvents {
    /** The ways, each a number, so that a test can go through them. */
    public static final int WAYS = 9;

    private static final int MARKER_AND_FINGERPRINT = 10;

    private final CandidateListCodec codec = new CandidateListCodec();
    private final Random random;

    public BadEvents(Random random) {
        this.random = random;
    }

    /** An event's bytes, and why it must be put aside. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Bad(byte @Nullable [] value, Reason reason) {}

    /** Makes one; {@code way} counts the ways through. */
    public Bad of(int way) {
        byte[] good = codec.encode(request(2, null));
        return switch (way % WAYS) {
            case 0 -> new Bad(noise(), Reason.UNKNOWN_FORMAT);
            case 1 -> new Bad(Arrays.copyOf(good, good.length - 1), Reason.UNDECODABLE);
            case 2 -> new Bad(Arrays.copyOf(good, good.length + 3), Reason.UNDECODABLE);
            case 3 -> new Bad(otherFingerprint(good), Reason.UNKNOWN_SCHEMA);
            case 4 -> new Bad(null, Reason.EMPTY_VALUE);
            case 5 -> new Bad(codec.encode(request(0, null)), Reason.NO_CANDIDATES);
            case 6 -> new Bad(codec.encode(request(2, "nobody")), Reason.UNKNOWN_MODEL);
            case 7 -> new Bad(twins(), Reason.INVALID);
            default -> new Bad(noiseInside(good), Reason.UNDECODABLE);
        };
    }

    private RerankRequest request(int candidates, @Nullable String model) {
        List<Candidate> list = new ArrayList<>();
        for (int i = 0; i < candidates; i++) {
            list.add(new Candidate("d" + i, "x".repeat(random.nextInt(80)) + " 1", null));
        }
        return new RerankRequest("bad", new Query(null, "query"), list, model, null, null, Map.of());
    }

    private byte[] noise() {
        byte[] noise = new byte[1 + random.nextInt(100)];
        random.nextBytes(noise);
        noise[0] = 'x';
        return noise;
    }

    /** A length that says more than there is. */
    private static byte[] noiseInside(byte[] good) {
        byte[] bad = good.clone();
        Arrays.fill(bad, MARKER_AND_FINGERPRINT, MARKER_AND_FINGERPRINT + 3, (byte) 0x7F);
        return bad;
    }

    private static byte[] otherFingerprint(byte[] good) {
        byte[] bad = good.clone();
        bad[MARKER_AND_FINGERPRINT - 1] ^= 1;
        return bad;
    }

    private byte[] twins() {
        Candidate twin = new Candidate("twin", "x 1", null);
        return codec.encode(
                new RerankRequest("twins", new Query(null, "query"), List.of(twin, twin), null, null, null, Map.of()));
    }
}
