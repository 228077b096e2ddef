package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Where a request's time went, from poll to score. Tokenize and inference are those of the batches it shared with
 * others, not its own part of them.
 *
 * @param queue from being polled to being taken into a batch
 * @param tokenize text to token ids
 * @param inference the forward passes
 */
public record Timings(Duration queue, Duration tokenize, Duration inference) {
    /** Nothing was done: an expired request. */
    public static final Timings NONE = new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    public Timings {
        requireNonNull(queue, "queue");
        requireNonNull(tokenize, "tokenize");
        requireNonNull(inference, "inference");
    }
}
