package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * What one transaction's worth of work of one model cost. Written in the same transaction as the results it counts, so
 * that sums over committed statistics equal sums over committed results.
 *
 * @param model which model scored
 * @param worker the worker's instance id
 * @param device where: {@code cpu}, {@code gpu(0)}
 * @param dtype the arithmetic: {@code float32}, {@code bfloat16}
 * @param time when scoring ended
 * @param requests candidate lists answered, expired ones included
 * @param expired those of them answered unscored
 * @param pairs query-document pairs scored
 * @param duplicates pairs of the transaction that were equal to another and took its score
 * @param tokens tokens in those pairs, special tokens included
 * @param cachedTokens leading tokens that were not read, as the model knew what comes after them
 * @param truncated pairs whose document was cut
 * @param batches forward passes
 * @param tokenBudget how many tokens those forward passes could have held
 * @param queueMax the longest any of the requests waited before being taken
 * @param tokenize time to turn text into ids
 * @param tokenCacheHits documents whose token ids were remembered from an earlier request
 * @param inference time in forward passes
 * @param rejections dead letters of the same transaction by reason; only in the first record of a transaction
 */
public record BatchStatistics(
        ModelRef model,
        String worker,
        String device,
        String dtype,
        Instant time,
        int requests,
        int expired,
        int pairs,
        int duplicates,
        long tokens,
        long cachedTokens,
        int truncated,
        int batches,
        long tokenBudget,
        Duration queueMax,
        Duration tokenize,
        long tokenCacheHits,
        Duration inference,
        Map<Rejection.Reason, Integer> rejections) {
    public BatchStatistics {
        requireNonNull(model, "model");
        requireNonNull(worker, "worker");
        requireNonNull(device, "device");
        requireNonNull(dtype, "dtype");
        requireNonNull(time, "time");
        requireNonNull(queueMax, "queueMax");
        requireNonNull(tokenize, "tokenize");
        requireNonNull(inference, "inference");
        rejections = Map.copyOf(rejections);
    }
}
