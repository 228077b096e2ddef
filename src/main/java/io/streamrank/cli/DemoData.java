package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.RerankRequest;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * What the demo sends, and what it measures the answers with.
 *
 * @param root the folder it is from
 * @param run the candidates as they are sent, best first
 * @param qrels which of them answer their query
 * @param requests by id, which is the query's, in the run's order
 */
record DemoData(Path root, TrecRun run, Qrels qrels, Map<String, RerankRequest> requests) {
    /**
     * Reads a BEIR folder.
     *
     * @param queries how many of the run's queries to take at most
     * @param depth how many candidates of each
     * @throws IOException if files are missing or malformed, or judge none of these queries
     */
    static DemoData read(Path root, int queries, int depth) throws IOException {
        BeirFolder folder = new BeirFolder(root, null);
        CandidateLists lists = CandidateLists.read(folder, depth);
        Qrels qrels = Qrels.read(folder.qrels());
        Map<String, RerankRequest> requests = requests(lists, queries);
        if (Collections.disjoint(requests.keySet(), qrels.queries())) {
            throw new IOException(
                    folder.qrels() + ": judges none of the first " + requests.size() + " queries of " + folder.run());
        }
        return new DemoData(root, lists.run(), qrels, requests);
    }

    private static Map<String, RerankRequest> requests(CandidateLists lists, int queries) {
        Map<String, RerankRequest> requests = new LinkedHashMap<>();
        StreamSupport.stream(lists.spliterator(), false).limit(queries).forEach(list -> {
            String queryId = requireNonNull(list.query().id());
            requests.put(
                    queryId, new RerankRequest(queryId, list.query(), list.candidates(), null, null, null, Map.of()));
        });
        return requests;
    }

    long candidates() {
        return requests.values().stream()
                .mapToLong(request -> request.candidates().size())
                .sum();
    }
}
