package io.streamrank.faults;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.model.Reranker;
import io.streamrank.testing.Answer;
import io.streamrank.testing.BadEvents;
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

    private final CandidateListCodec codec = new CandidateListCodec();
    private final FirstVersion firstVersion = new FirstVersion();
    private final Random random;
    private final KnownRankings rankings;
    private final BadEvents badEvents;
    private int made;

    MixedEvents(Reranker reranker, long seed) {
        random = new Random(seed);
        rankings = new KnownRankings(reranker, random);
        badEvents = new BadEvents(random);
    }

    /** An event's bytes, and what must become of it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Mixed(byte @Nullable [] value, Answer answer) {}

    Mixed next() {
        made++;
        int lot = random.nextInt(100);
        if (lot < EXPIRED_PERCENT) {
            KnownRankings.Asked late = rankings.askTooLate("r" + made, random);
            return new Mixed(codec.encode(late.request()), late.answer());
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
        KnownRankings.Asked asked = rankings.ask("r" + made, random);
        byte[] value = random.nextInt(3) == 0 ? firstVersion.encode(asked.request()) : codec.encode(asked.request());
        return new Mixed(value, asked.answer());
    }
}
