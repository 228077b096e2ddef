package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A run as candidate lists, in the run's order of queries. Holds the texts of the documents within the depth, each
 * once, and of the queries; lists are made as they are iterated, which may be done many times and by many threads.
 */
public final class CandidateLists implements Iterable<CandidateList> {
    private final TrecRun run;
    private final Map<String, String> queries;
    private final Map<String, String> texts;

    private CandidateLists(TrecRun run, Map<String, String> queries, Map<String, String> texts) {
        this.run = run;
        this.queries = queries;
        this.texts = texts;
    }

    /**
     * Joins a run with its texts in one pass over the corpus.
     *
     * @param depth how many candidates a list holds at most
     * @throws ReplayDataException if a file is malformed, or lacks queries or documents that the run names
     */
    public static CandidateLists read(Path corpus, Path queries, Path run, int depth) throws IOException {
        TrecRun best = TrecRun.read(run).cut(depth);
        Map<String, String> queryTexts = Queries.read(queries);
        List<String> missing = best.queries().stream()
                .filter(query -> !queryTexts.containsKey(query))
                .toList();
        if (!missing.isEmpty()) {
            throw new ReplayDataException(
                    queries,
                    "lacks " + missing.size() + " of the " + best.queries().size() + " queries of " + run + ": "
                            + ReplayDataException.first(missing));
        }
        return new CandidateLists(best, queryTexts, Corpus.modelTexts(corpus, best.documents()));
    }

    /** The same for a folder's corpus, queries and run. */
    public static CandidateLists read(BeirFolder folder, int depth) throws IOException {
        return read(folder.corpus(), folder.queries(), folder.run(), depth);
    }

    /** How many lists there are: the run's queries. */
    public int size() {
        return run.queries().size();
    }

    /** The run, cut to the depth. */
    public TrecRun run() {
        return run;
    }

    @Override
    public Iterator<CandidateList> iterator() {
        return run.queries().stream().map(this::list).iterator();
    }

    private CandidateList list(String queryId) {
        List<Candidate> candidates = run.ranking(queryId).stream()
                .map(entry -> new Candidate(entry.documentId(), text(texts, entry.documentId()), entry.score()))
                .toList();
        return new CandidateList(new Query(queryId, text(queries, queryId)), candidates);
    }

    private static String text(Map<String, String> texts, String id) {
        return requireNonNull(texts.get(id), id);
    }
}
