package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.TrecRun.Entry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a TREC run query by query, however large it is: one query's lines are held at a time, and the names of the queries
 * seen. So a query's lines must stand together, as they do in what systems write; {@link TrecRun} reads any order.
 */
public final class RankingReader implements Closeable {
    private final LineReader lines;
    private final Set<String> queriesSeen = new HashSet<>();
    private String @Nullable [] ahead;
    private LinePlace place;

    /**
     * One query's ranking.
     *
     * @param queryId which query
     * @param entries best first, in trec_eval's order
     * @param place where its last line stands, for errors
     */
    public record Ranking(String queryId, List<Entry> entries, LinePlace place) {
        public Ranking {
            requireNonNull(queryId, "queryId");
            requireNonNull(place, "place");
            entries = List.copyOf(entries);
        }
    }

    private RankingReader(LineReader lines) {
        this.lines = lines;
        this.place = lines.place();
    }

    /** Opens a run, gzip or not. */
    public static RankingReader open(Path file) throws IOException {
        LineReader lines = LineReader.open(file);
        try {
            RankingReader reader = new RankingReader(lines);
            reader.ahead = reader.fields();
            return reader;
        } catch (IOException | RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /**
     * The next query's ranking; null after the last.
     *
     * @throws ReplayDataException if a line is not one of a run, a query names a document twice, or comes again after
     *     another query; names file and line
     */
    public @Nullable Ranking next() throws IOException {
        String[] first = ahead;
        if (first == null) {
            return null;
        }
        String query = first[0];
        if (!queriesSeen.add(query)) {
            throw lines.wrong("query " + query + " was there before: expected all lines of a query to stand together");
        }
        List<Entry> entries = new ArrayList<>();
        Set<String> documents = new HashSet<>();
        for (String[] fields = first; fields != null && fields[0].equals(query); fields = ahead) {
            if (!documents.add(fields[2])) {
                throw lines.wrong("query " + query + " retrieves document " + fields[2] + " twice");
            }
            entries.add(new Entry(fields[2], lines.decimal(fields[4], "score")));
            place = lines.place();
            ahead = fields();
        }
        entries.sort(TrecRun.BEST_FIRST);
        return new Ranking(query, entries, place);
    }

    private String @Nullable [] fields() throws IOException {
        String line = lines.next();
        if (line == null) {
            return null;
        }
        String[] fields = LineReader.fields(line);
        if (fields.length < 6) {
            throw lines.expected(TrecRun.LINE + ", not " + fields.length + " fields");
        }
        return fields;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
