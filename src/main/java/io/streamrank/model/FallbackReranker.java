package io.streamrank.model;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model on a device that may be lost; then it is loaded again on the CPU and goes on there. The log says so, and from
 * then on {@link #device} does. What was on the lost device is left as it is: to free it would speak to the device.
 */
final class FallbackReranker implements Reranker {
    private static final Logger LOG = LoggerFactory.getLogger(FallbackReranker.class);

    private final Reranker first;
    private final Supplier<Reranker> onCpu;
    private volatile Reranker current;

    /** @param onCpu loads the same checkpoint on the CPU */
    FallbackReranker(Reranker first, Supplier<Reranker> onCpu) {
        this.first = first;
        this.onCpu = onCpu;
        this.current = first;
    }

    @Override
    public float[] score(List<EncodedPair> pairs) {
        Reranker used = current;
        try {
            return used.score(pairs);
        } catch (RuntimeException e) {
            if (DeviceFault.of(e) != DeviceFault.LOST || used != first) {
                throw e;
            }
            return fallBack(e).score(pairs);
        }
    }

    private synchronized Reranker fallBack(RuntimeException error) {
        if (current != first) {
            return current;
        }
        LOG.error(
                "Model {} has lost {}; going on on the CPU, much slower, as streamrank.model.cpu-fallback allows",
                first.model().id(),
                first.device(),
                error);
        Reranker fallback = onCpu.get();
        if (!fallback.model().equals(first.model())) {
            fallback.close();
            throw new IllegalStateException(
                    "the checkpoint of model " + first.model().id() + " is another by now ("
                            + fallback.model().revision() + ", not "
                            + first.model().revision()
                            + "): restart the worker",
                    error);
        }
        current = fallback;
        return fallback;
    }

    @Override
    public ModelRef model() {
        return first.model();
    }

    @Override
    public String device() {
        return current.device();
    }

    @Override
    public String dtype() {
        return current.dtype();
    }

    @Override
    public long residentBytes() {
        return current.residentBytes();
    }

    @Override
    public int maxLength() {
        return first.maxLength();
    }

    /** Token ids are the same on every device. */
    @Override
    public List<EncodedPair> encode(String query, List<String> documents) {
        return first.encode(query, documents);
    }

    @Override
    public List<EncodedPair> encode(RerankRequest request) {
        return first.encode(request);
    }

    @Override
    public boolean givesProbabilities() {
        return first.givesProbabilities();
    }

    @Override
    public Optional<DocumentIds> documentIds() {
        return first.documentIds();
    }

    @Override
    public CacheStatistics tokenCache() {
        return first.tokenCache();
    }

    @Override
    public int sharedTokens(EncodedPair pair) {
        return current.sharedTokens(pair);
    }

    @Override
    public int rememberedTokens(EncodedPair pair) {
        return current.rememberedTokens(pair);
    }

    @Override
    public long savedTokens() {
        return current.savedTokens();
    }

    @Override
    public CacheStatistics stateCache() {
        return current.stateCache();
    }

    @Override
    public void forgetDocuments() {
        current.forgetDocuments();
    }

    @Override
    public boolean isClosed() {
        return current.isClosed();
    }

    @Override
    public void close() {
        current.close();
    }
}
