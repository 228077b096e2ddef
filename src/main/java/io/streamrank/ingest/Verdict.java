package io.streamrank.ingest;

import io.streamrank.contract.Rejection;
import io.streamrank.contract.Timings;
import io.streamrank.model.EncodedPair;
import java.time.Duration;
import java.util.List;

/** What the model, or the lack of time for it, made of a request: an answer is made of it, and goes where it came from. */
sealed interface Verdict<R extends Rankable> {
    R asked();

    /** One finite score a pair, in the candidates' order. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Scored<R extends Rankable>(R asked, List<EncodedPair> pairs, float[] scores, Timings timings)
            implements Verdict<R> {}

    /** Its deadline had passed, or it was too old. */
    record TooLate<R extends Rankable>(R asked, Duration queue) implements Verdict<R> {}

    /** Can never be ranked. */
    record Rejected<R extends Rankable>(R asked, Rejection rejection) implements Verdict<R> {}
}
