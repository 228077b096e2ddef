package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import io.streamrank.model.StateCache.Entry;
import io.streamrank.model.StateCache.Prefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores pairs of a causal model, reading leading tokens that pairs have in common only once: what the model knows after
 * them stays in its tables for pairs to come, as long as there is room. Pairs that cannot share go through as they are.
 * Thread-safe; one call at a time.
 */
final class RememberingScorer {
    private static final Logger LOG = LoggerFactory.getLogger(RememberingScorer.class);

    private final Scorer scorer;
    private final Memory memory;
    private final StateCache cache;
    /**
     * Rows that one pass may gather. Every pair gathers its own, one layer's at a time, so that this takes about as much
     * memory as the tables of all layers.
     */
    private final long gatheredRows;

    private final AtomicLong savedTokens = new AtomicLong();
    private final long deviceBytes;

    private RememberingScorer(Scorer scorer, StateCache cache, long deviceBytes) {
        this.scorer = scorer;
        this.memory = scorer.architecture().memory();
        this.cache = cache;
        this.gatheredRows = (long) cache.rows() * scorer.architecture().layers();
        this.deviceBytes = deviceBytes;
    }

    /**
     * Gives a causal model its memory.
     *
     * @return null for a model that has none, where it is switched off, or where the bytes are too few for one document
     */
    static @Nullable RememberingScorer of(Scorer scorer, ModelSettings settings) {
        if (scorer.architecture().memory() == Memory.NONE || settings.stateCache() == 0) {
            return null;
        }
        long rowBytes = scorer.reserve(1, settings.stateCacheOnHost());
        int rows = (int) Math.min(settings.stateCache() / rowBytes, Integer.MAX_VALUE / 2);
        if (rows == 0) {
            scorer.reserve(0, settings.stateCacheOnHost());
            LOG.warn(
                    "No document state is kept: one takes {} bytes, and {} are allowed",
                    rowBytes,
                    settings.stateCache());
            return null;
        }
        long bytes = scorer.reserve(rows, settings.stateCacheOnHost());
        boolean elsewhere = settings.stateCacheOnHost() && scorer.device().isGpu();
        return new RememberingScorer(scorer, new StateCache(rows, rowBytes), elsewhere ? 0 : bytes);
    }

    /** What its tables take on the model's device. */
    long deviceBytes() {
        return deviceBytes;
    }

    /** Forgets all documents, and that there were any. */
    synchronized void forget() {
        cache.clear();
        savedTokens.set(0);
    }

    CacheStatistics statistics() {
        return cache.statistics();
    }

    /** How many of the pair's leading tokens are read once for all pairs of a batch that begin with them. */
    int sharedTokens(EncodedPair pair) {
        return canShare(pair) ? pair.prefixTokens() : 0;
    }

    /** Leading tokens that were not read, as they were known, of all pairs scored so far. */
    long savedTokens() {
        return savedTokens.get();
    }

    /** How many of the pair's leading tokens need not be read again at present. */
    int rememberedTokens(EncodedPair pair) {
        return canShare(pair) && cache.holds(new Prefix(pair)) ? pair.prefixTokens() : 0;
    }

    private boolean canShare(EncodedPair pair) {
        int prefix = pair.prefixTokens();
        return prefix > 0 && prefix < pair.tokens() && memory.rows(prefix) <= cache.rows();
    }

    /** Pairs of a batch that begin alike, by their indices; the entry is set while they have rows. */
    private static final class Shared {
        private final Prefix prefix;
        private final List<Integer> pairs = new ArrayList<>();
        private @Nullable Entry entry;

        Shared(Prefix prefix) {
            this.prefix = prefix;
        }

        int[] rows() {
            return requireNonNull(entry, "entry").rows();
        }
    }

    /** One score a pair, in the pairs' order. */
    synchronized float[] score(List<EncodedPair> pairs) {
        float[] scores = new float[pairs.size()];
        List<Integer> whole = new ArrayList<>();
        Map<Prefix, Shared> byPrefix = new LinkedHashMap<>();
        for (int i = 0; i < pairs.size(); i++) {
            if (canShare(pairs.get(i))) {
                byPrefix.computeIfAbsent(new Prefix(pairs.get(i)), Shared::new)
                        .pairs
                        .add(i);
            } else {
                whole.add(i);
            }
        }
        List<Shared> waiting = new ArrayList<>(byPrefix.values());
        waiting.sort(Comparator.comparingInt(shared -> -shared.pairs.size()));
        while (!waiting.isEmpty()) {
            round(pairs, waiting, scores);
            // What found no room and is used once gains nothing from waiting for the next round.
            waiting.removeIf(shared -> shared.pairs.size() == 1 && whole.addAll(shared.pairs));
        }
        cache.count(0, whole.size());
        put(scorer::score, whole, whole.stream().map(pairs::get).toList(), scores);
        return scores;
    }

    /** Scores the pairs of as many prefixes as there is room for, which then wait no longer. */
    private void round(List<EncodedPair> pairs, List<Shared> waiting, float[] scores) {
        List<Shared> unread = new ArrayList<>();
        boolean filled = false;
        try {
            hold(waiting, unread);
            read(pairs, unread);
            filled = true;
            proceed(pairs, waiting, scores);
        } finally {
            for (Shared shared : waiting) {
                if (shared.entry != null) {
                    cache.unpin(shared.entry);
                }
            }
            if (!filled) {
                // Whatever went wrong: rows that were not written must not be read.
                unread.forEach(shared -> cache.forget(shared.prefix));
            }
        }
        count(waiting, unread);
        waiting.removeIf(shared -> shared.entry != null);
    }

    /** Pins what is remembered, and then finds rows for what is not, lest the one be given up for the other. */
    private void hold(List<Shared> waiting, List<Shared> unread) {
        waiting.forEach(shared -> shared.entry = cache.pin(shared.prefix));
        for (Shared shared : waiting) {
            if (shared.entry == null) {
                shared.entry = cache.reserve(shared.prefix, memory.rows(shared.prefix.tokens()));
                if (shared.entry != null) {
                    unread.add(shared);
                }
            }
        }
    }

    private void count(List<Shared> scored, List<Shared> unread) {
        long used = 0;
        long saved = 0;
        for (Shared shared : scored) {
            if (shared.entry != null) {
                used += shared.pairs.size();
                saved += (long) shared.pairs.size() * shared.prefix.tokens();
            }
        }
        for (Shared shared : unread) {
            saved -= shared.prefix.tokens();
        }
        cache.count(used - unread.size(), unread.size());
        savedTokens.addAndGet(saved);
    }

    private void read(List<EncodedPair> pairs, List<Shared> unread) {
        if (!unread.isEmpty()) {
            scorer.remember(unread.stream()
                    .map(shared -> Span.prefix(pairs.get(shared.pairs.get(0)), shared.rows()))
                    .toList());
        }
    }

    private void proceed(List<EncodedPair> pairs, List<Shared> waiting, float[] scores) {
        List<Integer> indices = new ArrayList<>();
        List<Span> spans = new ArrayList<>();
        long rows = 0;
        for (Shared shared : waiting) {
            for (int index : shared.entry == null ? List.<Integer>of() : shared.pairs) {
                if (!spans.isEmpty() && rows + shared.rows().length > gatheredRows) {
                    put(scorer::proceed, indices, spans, scores);
                    indices.clear();
                    spans.clear();
                    rows = 0;
                }
                indices.add(index);
                spans.add(Span.rest(pairs.get(index), shared.rows()));
                rows += shared.rows().length;
            }
        }
        put(scorer::proceed, indices, spans, scores);
    }

    private static <T> void put(Function<List<T>, float[]> pass, List<Integer> indices, List<T> batch, float[] scores) {
        if (batch.isEmpty()) {
            return;
        }
        float[] part = pass.apply(batch);
        for (int i = 0; i < part.length; i++) {
            scores[indices.get(i)] = part[i];
        }
    }
}
