package io.streamrank.model;

import io.streamrank.contract.ModelRef;
import java.util.List;

/**
 * A cross-encoder, loaded and resident on its device. Thread-safe: one thread may encode while another scores, which is
 * how the worker keeps the device busy.
 */
public interface Reranker extends AutoCloseable {

    /** Which checkpoint this is. */
    ModelRef model();

    /** Where it runs: {@code cpu}, {@code gpu(0)}. */
    String device();

    /** The arithmetic of the forward pass: {@code float32}, {@code bfloat16}. */
    String dtype();

    /** The longest pair in tokens; longer documents are cut. */
    int maxLength();

    /** Turns one query with its documents into token ids, in the documents' order. */
    List<EncodedPair> encode(String query, List<String> documents);

    /**
     * Scores pairs in one packed forward pass: no padding, and no pair sees its neighbours.
     *
     * @return one score a pair, in the given order: raw, unless {@code reranker.json} names an activation
     */
    float[] score(List<EncodedPair> pairs);

    /**
     * How many of a pair's leading tokens the model need not read again at present, as it remembers them from an earlier
     * pair that began alike. For planning batches: the answer may be out of date by the time of scoring.
     */
    default int rememberedTokens(EncodedPair pair) {
        return 0;
    }

    /** What remembering documents has been good for: a hit is a pair whose leading tokens were not read again. */
    default CacheStatistics stateCache() {
        return CacheStatistics.NONE;
    }

    @Override
    void close();
}
