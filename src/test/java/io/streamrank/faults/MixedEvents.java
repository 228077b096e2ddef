package io.streamrank.faults;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.testing.Answer;
import io.streamrank.testing.BadEvents;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A random mixture of events, the same for the same seed: of a hundred some 85 to be ranked (a third of them in the first
 * released version of the schema), 3 whose deadline has passed, 2 oversize, and 10 bad in any other way.
 */
final class MixedEvents {
    /** What the workers take; small, so that oversize events are cheap. */
    static final int MAX_EVENT_BYTES = 8 << 10;

    private static final int EXPIRED_PERCENT = 3;
    private static final int OVERSIZE_PERCENT = 2;
    private static final int BAD_PERCENT = 10;
    private static final int MAX_CANDIDATES = 5;
    private static final int MAX_WORDS = 8;
    private static final List<String> WORDS =
            List.of("cells", "protein", "rain", "the", "of", "lima", "capital", "river", "blue", "seven", "why", "is");

    private final CandidateListCodec codec = new CandidateListCodec();
    private final FirstVersion firstVersion = new FirstVersion();
    private final Random random;
    private final BadEvents badEvents;
    private int made;

    MixedEvents(long seed) {
        random = new Random(seed);
        badEvents = new BadEvents(random);
    }

    /** An event's bytes, and what must become of it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Mixed(byte @Nullable [] value, Answer answer) {}

    Mixed next() {
        made++;
        int lot = random.nextInt(100);
        if (lot < EXPIRED_PERCENT) {
            RerankRequest request = request(Instant.EPOCH);
            return new Mixed(codec.encode(request), Answer.expired(request));
        }
        lot -= EXPIRED_PERCENT;
        if (lot < OVERSIZE_PERCENT) {
            byte[] value = new byte[MAX_EVENT_BYTES + 1 + random.nextInt(MAX_EVENT_BYTES)];
            return new Mixed(value, Answer.deadLetter(Reason.TOO_LARGE, value));
        }
        lot -= OVERSIZE_PERCENT;
        if (lot < BAD_PERCENT) {
            BadEvents.Bad bad = badEvents.of(random.nextInt(BadEvents.WAYS));
            return new Mixed(bad.value(), Answer.deadLetter(bad.reason(), bad.value()));
        }
        RerankRequest request = request(null);
        byte[] value = random.nextInt(3) == 0 ? firstVersion.encode(request) : codec.encode(request);
        return new Mixed(value, Answer.ranked(request));
    }

    private RerankRequest request(@Nullable Instant deadline) {
        List<Candidate> candidates = new ArrayList<>();
        int count = 1 + random.nextInt(MAX_CANDIDATES);
        for (int i = 0; i < count; i++) {
            // The number at the end is the score where a testing reranker stands in for the model.
            candidates.add(new Candidate("d" + i, words() + random.nextInt(10), null));
        }
        return new RerankRequest(
                "r" + made, new Query(null, words() + "?"), candidates, null, null, deadline, Map.of());
    }

    private String words() {
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(MAX_WORDS);
        for (int i = 0; i < count; i++) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return text.toString();
    }
}
