package io.streamrank.training.data;

import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingReader;
import io.streamrank.replay.RankingReader.Ranking;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.TrecRun.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A judged collection with a first stage's run, BEIR's or TREC's: positives are a query's relevant documents, whether the
 * run has them or not, negatives what stands in a band of its ranks without being relevant. Queries without a positive are
 * passed over. 4 bytes of memory a candidate; texts stay on disk.
 */
final class RankedLists implements LabelledLists {
    private final TextCollection collection;
    private final List<Entries> lists = new ArrayList<>();

    /** One query's documents as rows of the collection. */
    @SuppressWarnings("ArrayRecordComponent") // Millions of rows, kept within this class.
    private record Entries(
            String queryId, String query, int[] positives, int[] grades, int[] negatives, int[] barelyRelevant) {}

    private RankedLists(TextCollection collection) {
        this.collection = collection;
    }

    /**
     * Opens a collection with a run.
     *
     * @throws ReplayDataException if a file is malformed, names what the collection lacks, or no query has a positive
     */
    static RankedLists open(Path corpus, Path queries, Path qrels, int relevantFrom, Path run, RankBand band)
            throws IOException {
        Judgments judgments = new Judgments(Qrels.read(qrels), relevantFrom);
        RankedLists lists = new RankedLists(TextCollection.open(corpus, queries));
        try (RankingReader rankings = RankingReader.open(run)) {
            for (Ranking ranking = rankings.next(); ranking != null; ranking = rankings.next()) {
                lists.add(ranking, judgments, qrels, band);
            }
            if (lists.lists.isEmpty()) {
                throw new ReplayDataException(
                        run, "none of its queries has a document of grade " + relevantFrom + " or more in " + qrels);
            }
            return lists;
        } catch (IOException | RuntimeException e) {
            lists.close();
            throw e;
        }
    }

    private void add(Ranking ranking, Judgments judgments, Path qrels, RankBand band) throws IOException {
        String query = ranking.queryId();
        Map<String, Integer> positives = judgments.positives(query);
        if (positives.isEmpty()) {
            return;
        }
        List<String> negatives = band.of(ranking.entries()).stream()
                .map(Entry::documentId)
                .filter(document -> !judgments.isRelevant(query, document))
                .toList();
        List<String> barelyRelevant = new ArrayList<>();
        for (String document : judgments.barelyRelevant(query)) {
            if (collection.has(document)) {
                barelyRelevant.add(document);
            }
        }
        lists.add(new Entries(
                query,
                collection.query(query, ranking.place()::wrong),
                rows(List.copyOf(positives.keySet()), TextCollection.Place.of(qrels)),
                positives.values().stream().mapToInt(Integer::intValue).toArray(),
                rows(negatives, ranking.place()::wrong),
                rows(barelyRelevant, TextCollection.Place.of(qrels))));
    }

    private int[] rows(List<String> documents, TextCollection.Place place) throws IOException {
        int[] rows = new int[documents.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = collection.row(documents.get(i), place);
        }
        return rows;
    }

    @Override
    public int size() {
        return lists.size();
    }

    @Override
    public LabelledList list(int number) throws IOException {
        Entries entries = lists.get(number);
        List<LabelledDocument> positives = new ArrayList<>();
        for (int i = 0; i < entries.positives.length; i++) {
            positives.add(collection.document(entries.positives[i], entries.grades[i]));
        }
        List<LabelledDocument> negatives = new ArrayList<>();
        for (int row : entries.negatives) {
            negatives.add(collection.document(row, 0));
        }
        List<String> barelyRelevant = Arrays.stream(entries.barelyRelevant)
                .mapToObj(Integer::toString)
                .toList();
        return new LabelledList(entries.queryId, entries.query, positives, negatives, barelyRelevant);
    }

    @Override
    public LabelledDocument anyDocument(SplittableRandom random) throws IOException {
        return collection.anyDocument(random);
    }

    @Override
    public void close() throws IOException {
        collection.close();
    }
}
