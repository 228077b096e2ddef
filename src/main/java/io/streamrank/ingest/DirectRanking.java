package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Timings;
import java.util.List;

/**
 * The answer to a direct request.
 *
 * @param model which model ranked
 * @param device where it runs: {@code cpu}, {@code gpu(0)}
 * @param dtype the arithmetic of its matrix multiplications
 * @param candidates best first, at most topK; {@code previousRank} is the place in the request, 1 for the first
 * @param truncated how many of all candidates' documents were cut to the model's length
 * @param tokens tokens in the pairs of all candidates
 * @param probabilities whether scores are probabilities as they are, by the checkpoint's activation
 * @param timings where the time went; tokenize and inference are those of the batch that it shared with others
 */
public record DirectRanking(
        ModelRef model,
        String device,
        String dtype,
        List<RankedCandidate> candidates,
        int truncated,
        long tokens,
        boolean probabilities,
        Timings timings) {
    public DirectRanking {
        requireNonNull(model, "model");
        requireNonNull(device, "device");
        requireNonNull(dtype, "dtype");
        candidates = List.copyOf(candidates);
        requireNonNull(timings, "timings");
    }

    /**
     * A candidate's score as a probability: the score itself where scores are {@linkplain #probabilities such}, else its
     * logistic function, 1 / (1 + e^-score). Keeps the order.
     */
    public double probability(RankedCandidate candidate) {
        return probabilities ? candidate.score() : 1 / (1 + Math.exp(-candidate.score()));
    }
}
