package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * How a checkpoint is run.
 *
 * @param device {@code auto} (the first GPU, else the CPU), {@code cpu}, {@code gpu} or {@code gpu:1}
 * @param dtype type of the matrix multiplications: {@code float32}, {@code bfloat16}, or {@code auto} (bfloat16 on a
 *     GPU; on the CPU bfloat16 if it proves much faster and near enough, else float32)
 * @param maxLength the longest pair in tokens, special tokens included; 0 takes the checkpoint's own
 * @param threads CPU threads of one operation, process-wide, decided by the first model loaded; 0 leaves libtorch's
 *     choice, the number of cores
 * @param stateCache bytes for what causal models remember of documents; 0 remembers nothing, so that a document is read
 *     again for each query
 * @param stateCacheOnHost whether that lies in the CPU's memory though the model is on a GPU: slower, but there is more
 * @param tokenCache bytes for the token ids of documents, remembered in case they come again; 0 remembers none
 * @param cpuFallback whether the CPU may take over where a GPU cannot be had or is lost
 * @param operators the library of CUDA operators: {@code auto} (the one beside libtorch's libraries, if any),
 *     {@code none}, or its file; process-wide, as libraries are
 */
public record ModelSettings(
        String device,
        String dtype,
        int maxLength,
        int threads,
        long stateCache,
        boolean stateCacheOnHost,
        long tokenCache,
        boolean cpuFallback,
        String operators) {
    /** Some 30,000 passages of a hundred words. */
    public static final long DEFAULT_TOKEN_CACHE = 64L << 20;

    /** No checkpoint needs to know more, and no typing error goes further. */
    public static final int MAX_LENGTH_MAX = 1 << 20;

    public static final long DEFAULT_STATE_CACHE = 256L << 20;

    private static final Pattern DEVICE = Pattern.compile("auto|cpu|gpu(:\\d{1,3})?");
    private static final Pattern DTYPE = Pattern.compile("auto|float32|bfloat16");
    private static final int THREADS_MAX = 4096;

    public ModelSettings {
        requireNonNull(device, "device");
        requireNonNull(dtype, "dtype");
        requireNonNull(operators, "operators");
        if (!DEVICE.matcher(device).matches()) {
            throw new IllegalArgumentException("device is '" + device + "', expected auto, cpu, gpu or gpu:0");
        }
        if (!DTYPE.matcher(dtype).matches()) {
            throw new IllegalArgumentException("dtype is '" + dtype + "', expected auto, float32 or bfloat16");
        }
        if (maxLength < 0 || maxLength > MAX_LENGTH_MAX) {
            throw new IllegalArgumentException("maxLength is " + maxLength + ", expected 0 to " + MAX_LENGTH_MAX);
        }
        if (stateCache < 0) {
            throw new IllegalArgumentException("stateCache is " + stateCache + ", expected 0 or more bytes");
        }
        if (threads < 0 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("threads is " + threads + ", expected 0 to " + THREADS_MAX);
        }
        if (tokenCache < 0) {
            throw new IllegalArgumentException("tokenCache is " + tokenCache + ", expected 0 or more bytes");
        }
    }

    /** Everything left to the machine and the checkpoint. */
    public static ModelSettings defaults() {
        return new ModelSettings(
                "auto", "auto", 0, 0, DEFAULT_STATE_CACHE, false, DEFAULT_TOKEN_CACHE, false, CudaOperators.AUTO);
    }

    public ModelSettings withDevice(String value) {
        return new ModelSettings(
                value, dtype, maxLength, threads, stateCache, stateCacheOnHost, tokenCache, cpuFallback, operators);
    }

    public ModelSettings withDtype(String value) {
        return new ModelSettings(
                device, value, maxLength, threads, stateCache, stateCacheOnHost, tokenCache, cpuFallback, operators);
    }

    public ModelSettings withMaxLength(int value) {
        return new ModelSettings(
                device, dtype, value, threads, stateCache, stateCacheOnHost, tokenCache, cpuFallback, operators);
    }

    public ModelSettings withThreads(int value) {
        return new ModelSettings(
                device, dtype, maxLength, value, stateCache, stateCacheOnHost, tokenCache, cpuFallback, operators);
    }

    public ModelSettings withStateCache(long bytes, boolean onHost) {
        return new ModelSettings(device, dtype, maxLength, threads, bytes, onHost, tokenCache, cpuFallback, operators);
    }

    public ModelSettings withTokenCache(long bytes) {
        return new ModelSettings(
                device, dtype, maxLength, threads, stateCache, stateCacheOnHost, bytes, cpuFallback, operators);
    }

    public ModelSettings withCpuFallback(boolean allowed) {
        return new ModelSettings(
                device, dtype, maxLength, threads, stateCache, stateCacheOnHost, tokenCache, allowed, operators);
    }

    public ModelSettings withOperators(String value) {
        return new ModelSettings(
                device, dtype, maxLength, threads, stateCache, stateCacheOnHost, tokenCache, cpuFallback, value);
    }
}
