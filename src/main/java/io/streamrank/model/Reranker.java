package io.streamrank.model;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import java.util.List;
import java.util.Optional;

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

    /**
     * Bytes that it takes on its device for as long as it is loaded: its weights in the type they are bound in, and the
     * room for what it remembers of documents. What a forward pass needs comes on top.
     */
    default long residentBytes() {
        return 0;
    }

    /** The longest pair in tokens; longer documents are cut. */
    int maxLength();

    /** Turns one query with its documents into token ids, in the documents' order. */
    List<EncodedPair> encode(String query, List<String> documents);

    /**
     * Turns a request's query and documents into token ids, in the candidates' order. Documents that bring token ids are
     * not tokenized; these must be such as {@link #documentIds} says.
     */
    List<EncodedPair> encode(RerankRequest request);

    /** As which token ids documents may come; empty where they may not, as the model's template has the query first. */
    default Optional<DocumentIds> documentIds() {
        return Optional.empty();
    }

    /** What remembering the token ids of documents has been good for. */
    default CacheStatistics tokenCache() {
        return CacheStatistics.NONE;
    }

    /**
     * Scores pairs in one packed forward pass: no padding, and no pair sees its neighbours.
     *
     * @return one score a pair, in the given order: raw, unless {@code reranker.json} names an activation
     */
    float[] score(List<EncodedPair> pairs);

    /** Whether {@link #score} gives probabilities, by the checkpoint's activation, rather than raw scores. */
    default boolean givesProbabilities() {
        return false;
    }

    /**
     * How many of a pair's leading tokens are read once for all pairs of a batch that begin with them: all of
     * {@link EncodedPair#prefixTokens} or none. For planning batches.
     */
    default int sharedTokens(EncodedPair pair) {
        return 0;
    }

    /**
     * How many of a pair's leading tokens the model need not read again at present, as it remembers them from an earlier
     * pair that began alike. For planning batches: the answer may be out of date by the time of scoring.
     */
    default int rememberedTokens(EncodedPair pair) {
        return 0;
    }

    /** Leading tokens of pairs scored so far that were not read, as the model knew what comes after them. */
    default long savedTokens() {
        return 0;
    }

    /** What remembering documents has been good for: a hit is a pair whose leading tokens were not read again. */
    default CacheStatistics stateCache() {
        return CacheStatistics.NONE;
    }

    /**
     * Forgets what it remembers of documents, so that what is read again, and so the last digits of scores to come, don't
     * depend on what was scored before.
     */
    default void forgetDocuments() {}

    /** Whether {@link #close} has been called: it scores no more. */
    default boolean isClosed() {
        return false;
    }

    @Override
    void close();
}
