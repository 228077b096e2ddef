package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.INVALID;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether the values of a request make sense together, whatever way it came. */
public final class RequestCheck {
    private RequestCheck() {}

    /**
     * Passes a sound request. An empty list of candidates is sound: what a worker accepts is the worker's to say.
     *
     * @throws RejectedException with INVALID for a blank query, a topK below 1, an id that two candidates share, token
     *     ids of no named tokenizer
     */
    public static void require(RerankRequest request) throws RejectedException {
        Integer topK = request.topK();
        if (topK != null && topK < 1) {
            throw invalid("topK is " + topK + ", but at least 1 is asked for");
        }
        if (request.query().text().isBlank()) {
            throw invalid("the query's text is blank");
        }
        requireDistinctIds(request.candidates());
        if (request.tokenizer() == null) {
            requireNoTokenIds(request.candidates());
        }
    }

    private static void requireDistinctIds(List<Candidate> candidates) throws RejectedException {
        Map<String, Integer> indices = new HashMap<>(2 * candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            String id = candidates.get(i).id();
            Integer twin = indices.putIfAbsent(id, i);
            if (twin != null) {
                throw invalid("candidates " + twin + " and " + i + " (counted from 0) share the id \""
                        + Quotation.of(id) + "\"");
            }
        }
    }

    private static void requireNoTokenIds(List<Candidate> candidates) throws RejectedException {
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).tokenIds() != null) {
                throw invalid("candidate " + i + " (counted from 0) brings token ids, but the list does not name their"
                        + " tokenizer");
            }
        }
    }

    private static RejectedException invalid(String message) {
        return new RejectedException(new Rejection(INVALID, message, null));
    }
}
