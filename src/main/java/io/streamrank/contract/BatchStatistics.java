package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
 * @param candidates candidates in them, those of expired ones included
 * @param pairs query-document pairs scored
 * @param duplicates pairs of the transaction that were equal to another and took its score
 * @param tokens tokens in those pairs, special tokens included
 * @param cachedTokens leading tokens that were not read, as the model knew what comes after them
 * @param tokensRead tokens that the forward passes read: no duplicates, no cached tokens
 * @param truncated pairs whose document was cut
 * @param batches forward passes
 * @param tokenBudget how many tokens those forward passes could have held
 * @param splits forward passes that ran out of memory and were done again in smaller ones
 * @param queueMax the longest any of the requests waited before being taken
 * @param queue how long each of the requests waited before being taken
 * @param endToEnd for each of the requests whose record has a timestamp, from that to its answer being handed to the
 *     producer; the commit comes on top
 * @param tokenize time to turn text into ids
 * @param tokenCache how the token ids of documents were remembered
 * @param stateCache how the model remembered documents: a hit is a pair whose leading tokens were not read again
 * @param inference time in forward passes
 * @param publish time that the worker's transaction before this one took, from its first send to the end of its commit:
 *     a transaction cannot tell how long it takes itself; only in the first record of a transaction
 * @param rejections dead letters of the same transaction by reason: those of requests for this model and, in the first
 *     record of a transaction, those of requests for none
 */
public record BatchStatistics(
        ModelRef model,
        String worker,
        String device,
        String dtype,
        Instant time,
        int requests,
        int expired,
        int candidates,
        int pairs,
        int duplicates,
        long tokens,
        long cachedTokens,
        long tokensRead,
        int truncated,
        int batches,
        long tokenBudget,
        int splits,
        Duration queueMax,
        List<Duration> queue,
        List<Duration> endToEnd,
        Duration tokenize,
        CacheUse tokenCache,
        CacheUse stateCache,
        Duration inference,
        Duration publish,
        Map<Rejection.Reason, Integer> rejections) {
    public BatchStatistics {
        requireNonNull(model, "model");
        requireNonNull(worker, "worker");
        requireNonNull(device, "device");
        requireNonNull(dtype, "dtype");
        requireNonNull(time, "time");
        requireNonNull(queueMax, "queueMax");
        queue = List.copyOf(queue);
        endToEnd = List.copyOf(endToEnd);
        requireNonNull(tokenize, "tokenize");
        requireNonNull(tokenCache, "tokenCache");
        requireNonNull(stateCache, "stateCache");
        requireNonNull(inference, "inference");
        requireNonNull(publish, "publish");
        rejections = Map.copyOf(rejections);
    }
}
