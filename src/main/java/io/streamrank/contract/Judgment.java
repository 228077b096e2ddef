package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How relevant a document is to a query, as somebody or something judged it. The latest one of a query and document
 * counts.
 *
 * @param queryId the query, by the id that candidate lists give it
 * @param candidateId the document, by the id that candidate lists give it
 * @param grade 1 and more are degrees of relevance, 0 is judged not relevant; null withdraws what was judged before
 * @param time when it was judged
 * @param source who or what judged
 */
public record Judgment(
        String queryId,
        String candidateId,
        @Nullable Integer grade,
        Instant time,
        @Nullable String source) {
    public Judgment {
        requireNonNull(queryId, "queryId");
        requireNonNull(candidateId, "candidateId");
        requireNonNull(time, "time");
    }
}
