package io.streamrank.model;

import ai.djl.Device;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint with its tokenizer and its scorer. Any number of threads may encode and score at once. Without memory
 * two scoring threads overlap launching with computing on a GPU; a model that remembers documents scores one call after
 * the other. {@link #close} waits for running calls.
 */
final class LoadedReranker implements Reranker {
    private static final int WARM_UP_CPU_PAIRS = 8;
    private static final int WARM_UP_CPU_WORDS = 512;
    private static final int WARM_UP_GPU_WORDS = 8192;

    private final ModelRef model;
    private final PairTokenizer tokenizer;
    private final Scorer scorer;
    private final @Nullable RememberingScorer remembering;
    private final Activation activation;
    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private volatile boolean closed;

    /** @param remembering scores instead of the scorer, for a model that keeps what it knows of documents */
    LoadedReranker(
            ModelRef model,
            PairTokenizer tokenizer,
            Scorer scorer,
            @Nullable RememberingScorer remembering,
            Activation activation) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.scorer = scorer;
        this.remembering = remembering;
        this.activation = activation;
    }

    /**
     * The first forward pass compiles and must be alone; what follows is what serving will meet, so that nothing is met
     * there for the first time: pairs of mixed lengths in one pass, the same documents again, a long pair.
     */
    void warmUp() {
        try {
            List<EncodedPair> sample = SamplePairs.encoded(tokenizer);
            List<EncodedPair> mixed = device().equals("cpu") ? sample.subList(0, WARM_UP_CPU_PAIRS) : sample;
            score(mixed.subList(0, 1));
            score(mixed);
            score(mixed);
            score(List.of(longPair(device().equals("cpu") ? WARM_UP_CPU_WORDS : WARM_UP_GPU_WORDS)));
            forgetDocuments();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** As long as pairs can be, up to a bound: a word gives one token or more, and what is too long is cut. */
    private EncodedPair longPair(int words) {
        return encode("warm", List.of("up ".repeat(Math.min(words, maxLength()))))
                .get(0);
    }

    @Override
    public ModelRef model() {
        return model;
    }

    @Override
    public String device() {
        Device device = scorer.device();
        return device.isGpu() ? "gpu(" + device.getDeviceId() + ")" : "cpu";
    }

    @Override
    public String dtype() {
        return scorer.dtype().label();
    }

    @Override
    public long residentBytes() {
        return scorer.residentBytes() + (remembering == null ? 0 : remembering.deviceBytes());
    }

    @Override
    public int maxLength() {
        return tokenizer.maxLength();
    }

    @Override
    public List<EncodedPair> encode(String query, List<String> documents) {
        return tokenizer.encode(query, documents);
    }

    @Override
    public List<EncodedPair> encode(RerankRequest request) {
        return tokenizer.encode(request);
    }

    @Override
    public Optional<DocumentIds> documentIds() {
        return tokenizer.documentsApart()
                ? Optional.of(new DocumentIds(
                        tokenizer.digest(), scorer.architecture().vocabulary()))
                : Optional.empty();
    }

    @Override
    public CacheStatistics tokenCache() {
        return tokenizer.cacheStatistics();
    }

    @Override
    public float[] score(List<EncodedPair> pairs) {
        for (int i = 0; i < pairs.size(); i++) {
            scorer.architecture().check(pairs.get(i), i);
        }
        if (pairs.isEmpty()) {
            return new float[0];
        }
        open.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the model " + model.id() + " is closed");
            }
            return activation.apply(remembering == null ? scorer.score(pairs) : remembering.score(pairs));
        } finally {
            open.readLock().unlock();
        }
    }

    @Override
    public boolean givesProbabilities() {
        return activation == Activation.SIGMOID;
    }

    @Override
    public int sharedTokens(EncodedPair pair) {
        return remembering == null ? 0 : remembering.sharedTokens(pair);
    }

    @Override
    public int rememberedTokens(EncodedPair pair) {
        return remembering == null ? 0 : remembering.rememberedTokens(pair);
    }

    @Override
    public long savedTokens() {
        return remembering == null ? 0 : remembering.savedTokens();
    }

    @Override
    public CacheStatistics stateCache() {
        return remembering == null ? CacheStatistics.NONE : remembering.statistics();
    }

    @Override
    public void forgetDocuments() {
        if (remembering != null) {
            remembering.forget();
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        open.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                scorer.close();
                tokenizer.close();
            }
        } finally {
            open.writeLock().unlock();
        }
    }
}
