package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What was done in a measured time.
 *
 * @param passes forward passes, or transactions where texts are read
 */
record Speed(long pairs, long tokens, long passes, double seconds) {
    void tell(ObjectNode node) {
        node.put("pairs_per_second", Math.round(pairs / seconds))
                .put("tokens_per_second", Math.round(tokens / seconds))
                .put("mean_tokens", (double) tokens / pairs)
                .put("passes", passes)
                .put("milliseconds_per_pass", seconds / passes * 1000)
                .put("seconds", seconds);
    }
}
