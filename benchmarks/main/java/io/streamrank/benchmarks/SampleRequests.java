package io.streamrank.benchmarks;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Sample passages as requests. */
final class SampleRequests {
    private SampleRequests() {}

    static RerankRequest of(String id, SamplePassages passages) {
        List<Candidate> candidates = new ArrayList<>();
        for (String document : passages.documents()) {
            candidates.add(new Candidate("document-" + candidates.size(), document, -1.0 * candidates.size()));
        }
        return new RerankRequest(id, new Query(null, passages.query()), candidates, null, null, null, Map.of());
    }
}
