package io.streamrank.ingest;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import io.streamrank.model.Reranker;
import java.time.Instant;
import java.util.Optional;

/** A request that a model of this worker can be asked to rank, wherever it came from. */
sealed interface Rankable permits Event.Accepted, PlainRequest {
    /** About how many characters make a token. */
    int CHARS_PER_TOKEN = 4;

    RerankRequest request();

    /** The model that it is for. */
    Reranker reranker();

    /** {@link System#nanoTime} when it came. */
    long arrivedNanos();

    /** When it was sent, where that is known: by it a request is too old. */
    Optional<Instant> sentAt();

    /** What the log calls it. */
    String name();

    /** Characters of text: what scoring it costs, before its tokens are counted. */
    default long chars() {
        return chars(request());
    }

    /** The same of any request. */
    static long chars(RerankRequest request) {
        long queryChars = request.query().text().length();
        return request.candidates().stream()
                .mapToLong(candidate -> queryChars + chars(candidate))
                .sum();
    }

    /** Token ids that came as such count as the text that they stand for, about. */
    private static long chars(Candidate candidate) {
        TokenIds ids = candidate.tokenIds();
        return ids == null ? candidate.text().length() : (long) CHARS_PER_TOKEN * ids.count();
    }
}
