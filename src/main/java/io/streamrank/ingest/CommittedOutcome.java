package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import java.util.Optional;

/** What a committed transaction sent for an event. Holds all of its texts: not to be kept for long. */
public sealed interface CommittedOutcome {
    /** Where the event stood. */
    SourcePosition source();

    /** It was ranked, or answered as expired. */
    record Answer(RerankRequest request, Ranking ranking) implements CommittedOutcome {
        public Answer {
            requireNonNull(request, "request");
            requireNonNull(ranking, "ranking");
        }

        @Override
        public SourcePosition source() {
            return ranking.source();
        }
    }

    /**
     * It became a dead letter.
     *
     * @param model that it was for; empty for an event that never came as far as a model
     */
    record Letter(SourcePosition source, Optional<ModelRef> model, Rejection rejection) implements CommittedOutcome {
        public Letter {
            requireNonNull(source, "source");
            requireNonNull(model, "model");
            requireNonNull(rejection, "rejection");
        }
    }
}
