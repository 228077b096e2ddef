package io.streamrank.model;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Remembers the tokens of texts, so that a document that comes again is not tokenized again. Belongs to one
 * {@link TextTokenizer}, whose maximum length and limits never change: for one text it always gives the same tokens.
 * Thread-safe.
 */
final class TokenCache {
    /** Of the cache's bytes, what a single text may take: else one long text would drive out thousands. */
    static final int LARGEST_SHARE = 64;

    /** What an entry takes beside its characters and ids, about: two objects, two arrays, the cache's own node. */
    static final int ENTRY_BYTES = 160;

    private final Cache<String, Tokens> tokens;
    private final long largestEntry;

    /** @param maxBytes what all entries may take together */
    TokenCache(long maxBytes) {
        largestEntry = maxBytes / LARGEST_SHARE;
        tokens = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((String text, Tokens known) -> (int) Math.min(Integer.MAX_VALUE, bytes(text, known)))
                .recordStats()
                // Makes room on the thread that adds, so that the bound holds at any time.
                .executor(Runnable::run)
                .build();
    }

    /** Two bytes a character, as most scripts take; those that take one are counted double. */
    private static long bytes(String text, Tokens known) {
        return ENTRY_BYTES + 2L * text.length() + (long) Integer.BYTES * known.ids().length;
    }

    /**
     * The tokens of each text, in the texts' order.
     *
     * @param tokenizer gives the tokens of those that are not remembered, each once
     */
    List<Tokens> tokens(List<String> texts, Function<List<String>, List<Tokens>> tokenizer) {
        Map<String, Tokens> known = new HashMap<>(tokens.getAllPresent(texts));
        Set<String> missing = new LinkedHashSet<>(texts);
        missing.removeAll(known.keySet());
        List<String> toTokenize = List.copyOf(missing);
        List<Tokens> made = tokenizer.apply(toTokenize);
        for (int i = 0; i < made.size(); i++) {
            known.put(toTokenize.get(i), made.get(i));
            if (bytes(toTokenize.get(i), made.get(i)) <= largestEntry) {
                tokens.put(toTokenize.get(i), made.get(i));
            }
        }
        List<Tokens> all = new ArrayList<>(texts.size());
        for (String text : texts) {
            all.add(known.get(text));
        }
        return all;
    }

    /** What it has been good for. A text that stands several times in one list counts once. */
    CacheStatistics statistics() {
        CacheStats stats = tokens.stats();
        long bytes = tokens.policy().eviction().orElseThrow().weightedSize().orElseThrow();
        return new CacheStatistics(stats.hitCount(), stats.missCount(), stats.evictionCount(), bytes);
    }
}
