package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.RerankRequest;
import io.streamrank.replay.CandidateList;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks of every answer.
 *
 * @param model the model's id
 * @param topK how many candidates, the best first
 * @param deadline how long from its sending the answer is useful
 */
record RequestWishes(
        @Nullable String model,
        @Nullable Integer topK,
        @Nullable Duration deadline) {

    /** A request for a list, called by its query's id. */
    RerankRequest request(CandidateList list) {
        String queryId = requireNonNull(list.query().id());
        return new RerankRequest(queryId, list.query(), list.candidates(), model, topK, expiry(), Map.of());
    }

    /** The same request, with these wishes where it has none of its own. */
    RerankRequest request(RerankRequest request) {
        return new RerankRequest(
                request.requestId(),
                request.query(),
                request.candidates(),
                request.tokenizer(),
                Optional.ofNullable(request.model()).orElse(model),
                Optional.ofNullable(request.topK()).orElse(topK),
                Optional.ofNullable(request.deadline()).orElse(expiry()),
                request.attributes());
    }

    private @Nullable Instant expiry() {
        return deadline == null ? null : Instant.now().plus(deadline);
    }
}
