package io.streamrank.training.data;

import io.streamrank.replay.LinePlace;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.ReplayDataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * MS MARCO's triples by id, {@code query-id TAB positive-id TAB negative-id} a line, gathered into one list a query: so
 * that a group has as many negatives as the query has, whatever the order of the lines. What is a positive of a query in any
 * line is never its negative. Some 8 bytes of memory a triple and 200 a query; texts of documents stay on disk.
 */
final class TripleLists implements LabelledLists {
    private static final String LINE = "'query-id TAB positive-id TAB negative-id'";

    private final TextCollection collection;
    private final List<Entries> lists;

    /** One query's documents as rows of the collection. */
    private record Entries(String queryId, String query, Rows positives, Rows negatives) {
        Entries(String queryId, String query) {
            this(queryId, query, new Rows(), new Rows());
        }
    }

    private TripleLists(TextCollection collection, List<Entries> lists) {
        this.collection = collection;
        this.lists = lists;
    }

    /**
     * Reads triples once.
     *
     * @throws ReplayDataException if a line is none, or names what the collection lacks; names file and line
     */
    static TripleLists open(Path triples, Path corpus, Path queries) throws IOException {
        TextCollection collection = TextCollection.open(corpus, queries);
        Map<String, Entries> byQuery = new LinkedHashMap<>();
        try (LineReader lines = LineReader.open(triples)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                add(lines.place(), line.split("\t", -1), collection, byQuery);
            }
            if (byQuery.isEmpty()) {
                throw new ReplayDataException(triples, "holds no triples");
            }
            return new TripleLists(collection, new ArrayList<>(byQuery.values()));
        } catch (IOException | RuntimeException e) {
            collection.close();
            throw e;
        }
    }

    private static void add(LinePlace place, String[] fields, TextCollection collection, Map<String, Entries> byQuery)
            throws IOException {
        if (fields.length != 3) {
            throw place.expected(LINE + ", not " + fields.length + " fields");
        }
        Entries entries = byQuery.get(fields[0]);
        if (entries == null) {
            entries = new Entries(fields[0], collection.query(fields[0], place::wrong));
            byQuery.put(fields[0], entries);
        }
        int positive = collection.row(fields[1], place::wrong);
        if (!entries.positives.contains(positive)) {
            entries.positives.add(positive);
        }
        entries.negatives.add(collection.row(fields[2], place::wrong));
    }

    @Override
    public int size() {
        return lists.size();
    }

    @Override
    public LabelledList list(int number) {
        Entries entries = lists.get(number);
        List<LabelledDocument> positives = new ArrayList<>();
        for (int i = 0; i < entries.positives.size(); i++) {
            positives.add(collection.document(entries.positives.get(i), 1));
        }
        List<LabelledDocument> negatives = new ArrayList<>();
        for (int i = 0; i < entries.negatives.size(); i++) {
            if (!entries.positives.contains(entries.negatives.get(i))) {
                negatives.add(collection.document(entries.negatives.get(i), 0));
            }
        }
        return new LabelledList(entries.queryId, entries.query, positives, negatives);
    }

    @Override
    public LabelledDocument anyDocument(SplittableRandom random) {
        return collection.anyDocument(random);
    }

    @Override
    public void close() throws IOException {
        collection.close();
    }
}
