package io.streamrank.ingest;

import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;

/** The one thing that becomes of an event. */
sealed interface Outcome {
    Event event();

    /**
     * Scored and ordered.
     *
     * @param pairs pairs scored for it
     * @param tokens tokens in them
     * @param truncated pairs whose document was cut
     */
    record Ranked(Event.Accepted event, Ranking ranking, int pairs, long tokens, int truncated) implements Outcome {}

    /** Its deadline had passed, or it was too old. */
    record Expired(Event.Accepted event, Ranking ranking) implements Outcome {}

    /** Can never be ranked. */
    record DeadLetter(Event event, Rejection rejection) implements Outcome {}
}
