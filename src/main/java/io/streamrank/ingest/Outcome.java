package io.streamrank.ingest;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import java.util.Optional;

/** The one thing that becomes of an event. */
sealed interface Outcome {
    Event event();

    /** What observers are told, once it is committed. */
    CommittedOutcome committed();

    /**
     * Scored and ordered.
     *
     * @param pairs pairs scored for it
     * @param tokens tokens in them
     * @param truncated pairs whose document was cut
     */
    record Ranked(Event.Accepted event, Ranking ranking, int pairs, long tokens, int truncated) implements Outcome {
        @Override
        public CommittedOutcome committed() {
            return new CommittedOutcome.Answer(event.request(), ranking);
        }
    }

    /** Its deadline had passed, or it was too old. */
    record Expired(Event.Accepted event, Ranking ranking) implements Outcome {
        @Override
        public CommittedOutcome committed() {
            return new CommittedOutcome.Answer(event.request(), ranking);
        }
    }

    /** Can never be ranked. */
    record DeadLetter(Event event, Rejection rejection) implements Outcome {
        @Override
        public CommittedOutcome committed() {
            Optional<ModelRef> model = event instanceof Event.Accepted accepted
                    ? Optional.of(accepted.reranker().model())
                    : Optional.empty();
            return new CommittedOutcome.Letter(event.source(), model, rejection);
        }
    }
}
