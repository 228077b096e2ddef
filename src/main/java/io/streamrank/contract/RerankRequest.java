package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A candidate list: one query and the documents a first stage found for it, best first.
 *
 * @param requestId the caller's name of the request, carried into the ranking
 * @param query what the candidates are ranked for
 * @param candidates the documents in the first stage's order; may be empty here, the worker refuses such a request
 * @param tokenizer which tokenizer made the candidates' token ids: the first 12 hexadecimal digits of the SHA-256 of its
 *     {@code tokenizer.json}; absent where no candidate has any
 * @param model the id of the model that shall rank; absent for the worker's default
 * @param topK how many of the best to return; absent for all
 * @param deadline when the answer stops being useful: later the request is answered as expired, unscored
 * @param attributes the caller's own, carried into the ranking untouched
 */
public record RerankRequest(
        String requestId,
        Query query,
        List<Candidate> candidates,
        @Nullable String tokenizer,
        @Nullable String model,
        @Nullable Integer topK,
        @Nullable Instant deadline,
        Map<String, String> attributes) {
    public RerankRequest {
        requireNonNull(requestId, "requestId");
        requireNonNull(query, "query");
        candidates = List.copyOf(candidates);
        attributes = Map.copyOf(attributes);
    }

    /** A request whose documents are text alone. */
    public RerankRequest(
            String requestId,
            Query query,
            List<Candidate> candidates,
            @Nullable String model,
            @Nullable Integer topK,
            @Nullable Instant deadline,
            Map<String, String> attributes) {
        this(requestId, query, candidates, null, model, topK, deadline, attributes);
    }
}
