package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link RerankRequest}.
 *
 * @param requestId the request's
 * @param queryId the query's, if it had one
 * @param outcome whether the candidates were ranked or the deadline had passed
 * @param model which model ranked, or would have
 * @param device where that model runs: {@code cpu}, {@code gpu(0)}; empty in rankings of before this was stated
 * @param dtype the arithmetic of its matrix multiplications: {@code float32}, {@code bfloat16}; empty likewise
 * @param candidates the candidates, best first, at most topK; empty when expired
 * @param source where the request stood
 * @param timings where the time went
 * @param attributes the request's, untouched
 */
public record Ranking(
        String requestId,
        @Nullable String queryId,
        Outcome outcome,
        ModelRef model,
        String device,
        String dtype,
        List<RankedCandidate> candidates,
        SourcePosition source,
        Timings timings,
        Map<String, String> attributes) {

    /** What became of a request that was understood. */
    public enum Outcome {
        /** Scored and ordered. */
        RANKED,
        /** Its deadline passed before it was scored; no candidates are returned. */
        EXPIRED
    }

    public Ranking {
        requireNonNull(requestId, "requestId");
        requireNonNull(outcome, "outcome");
        requireNonNull(model, "model");
        requireNonNull(device, "device");
        requireNonNull(dtype, "dtype");
        candidates = List.copyOf(candidates);
        requireNonNull(source, "source");
        requireNonNull(timings, "timings");
        attributes = Map.copyOf(attributes);
    }
}
