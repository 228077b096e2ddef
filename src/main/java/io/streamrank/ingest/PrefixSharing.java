package io.streamrank.ingest;

import io.streamrank.batch.PairTokens;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What pairs ask of a forward pass, where some begin with the same document and the model need not read it each time. */
public final class PrefixSharing {
    private final Reranker reranker;
    private final Map<IntBuffer, Prefix> prefixes = new HashMap<>();

    /** A document that some pairs begin with. */
    private record Prefix(int key, int knownTokens) {}

    private PrefixSharing(Reranker reranker) {
        this.reranker = reranker;
    }

    /**
     * What each pair asks, in the pairs' order, for {@link io.streamrank.batch.BatchPlanner} to plan by. What the model
     * remembers is asked now, and may have changed by the time of scoring.
     */
    public static List<PairTokens> of(Reranker reranker, List<EncodedPair> pairs) {
        PrefixSharing sharing = new PrefixSharing(reranker);
        return pairs.stream().map(sharing::tokens).toList();
    }

    private PairTokens tokens(EncodedPair pair) {
        int length = reranker.sharedTokens(pair);
        if (length == 0) {
            return PairTokens.alone(pair.tokens());
        }
        // A buffer equals another where the ids between their bounds do.
        Prefix prefix = prefixes.computeIfAbsent(
                IntBuffer.wrap(pair.ids(), 0, length),
                any -> new Prefix(prefixes.size(), Math.min(reranker.rememberedTokens(pair), length)));
        return new PairTokens(pair.tokens(), prefix.key(), length, prefix.knownTokens());
    }
}
