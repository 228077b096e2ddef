package io.streamrank.ingest;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Quotation;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import io.streamrank.model.DocumentIds;
import io.streamrank.model.Reranker;
import java.util.List;

/** Whether token ids that came with a request are such as its model reads. */
final class TokenIdCheck {
    private TokenIdCheck() {}

    /** @throws RejectedException where they are not; a request without token ids passes */
    static void require(RerankRequest request, Reranker reranker) throws RejectedException {
        List<Candidate> candidates = request.candidates();
        for (int i = 0; i < candidates.size(); i++) {
            TokenIds ids = candidates.get(i).tokenIds();
            if (ids != null) {
                requireKnown(ids, i, accepted(request, reranker));
            }
        }
    }

    /** Whether they are. */
    static boolean passes(RerankRequest request, Reranker reranker) {
        try {
            require(request, reranker);
            return true;
        } catch (RejectedException e) {
            return false;
        }
    }

    private static DocumentIds accepted(RerankRequest request, Reranker reranker) throws RejectedException {
        String model = reranker.model().id();
        DocumentIds accepted = reranker.documentIds()
                .orElseThrow(() -> rejected("model " + model + " takes no token ids: it reads the query first, and so"
                        + " tokenizes each document anew"));
        String tokenizer = String.valueOf(request.tokenizer());
        if (!accepted.tokenizer().equals(tokenizer)) {
            throw rejected("the token ids are of tokenizer '" + Quotation.of(tokenizer) + "', model " + model
                    + " reads those of " + accepted.tokenizer());
        }
        return accepted;
    }

    private static void requireKnown(TokenIds ids, int candidate, DocumentIds accepted) throws RejectedException {
        for (int id : ids.ids()) {
            if (id < 0 || id >= accepted.vocabulary()) {
                throw rejected("candidate " + candidate + " (counted from 0) has token id " + id + ", expected 0 to "
                        + (accepted.vocabulary() - 1));
            }
        }
    }

    private static RejectedException rejected(String message) {
        return new RejectedException(new Rejection(Reason.UNUSABLE_TOKEN_IDS, message, null));
    }
}
