package io.streamrank.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What some system retrieved: for each query, documents with scores.
 *
 * <p>The order is trec_eval's, whatever the file's: by score, highest first; equal scores by document id, the greater
 * bytes first. trec_eval holds scores in single precision, so scores that differ only beyond it are equal. The rank
 * column is ignored.
 */
public final class TrecRun {
    static final String LINE = "'query-id Q0 document-id rank score tag'";
    static final Comparator<Entry> BEST_FIRST = Comparator.comparingDouble(TrecRun::single)
            .reversed()
            .thenComparing(entry -> entry.documentId().getBytes(UTF_8), (a, b) -> Arrays.compareUnsigned(b, a));

    private final String tag;
    private final Map<String, List<Entry>> rankings;

    /** One retrieved document. */
    public record Entry(String documentId, double score) {}

    /** In single precision; a zero below zero is a zero. */
    static float single(Entry entry) {
        return (float) entry.score() + 0f;
    }

    private TrecRun(String tag, Map<String, List<Entry>> rankings) {
        this.tag = tag;
        this.rankings = rankings;
    }

    /**
     * Reads {@code query Q0 document rank score tag} lines; more fields are ignored, as by trec_eval. Gzip is unpacked.
     * A query's lines need not stand together. The tag is the last line's.
     *
     * @throws ReplayDataException if a line is something else, or names a document of its query a second time; names
     *     file and line
     */
    public static TrecRun read(Path file) throws IOException {
        Map<String, List<Entry>> rankings = new LinkedHashMap<>();
        Map<String, Set<String>> seen = new HashMap<>();
        Map<String, String> names = new HashMap<>();
        String tag = "";
        try (LineReader lines = LineReader.open(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                String[] fields = LineReader.fields(line);
                if (fields.length < 6) {
                    throw lines.expected(LINE + ", not " + fields.length + " fields");
                }
                // One copy of a name, however many queries retrieve the document.
                String document = names.computeIfAbsent(fields[2], name -> name);
                if (!seen.computeIfAbsent(fields[0], query -> new HashSet<>()).add(document)) {
                    throw lines.wrong("query " + fields[0] + " retrieves document " + document + " twice");
                }
                rankings.computeIfAbsent(fields[0], query -> new ArrayList<>())
                        .add(new Entry(document, lines.decimal(fields[4], "score")));
                tag = fields[5];
            }
        }
        return sorted(tag, rankings);
    }

    /**
     * A run from scores, in the given order of queries.
     *
     * @throws IllegalArgumentException if a query names a document twice or a score is not finite
     */
    public static TrecRun of(String tag, Map<String, List<Entry>> rankings) {
        Map<String, List<Entry>> copy = new LinkedHashMap<>();
        rankings.forEach((query, entries) -> {
            Set<String> seen = new HashSet<>();
            for (Entry entry : entries) {
                if (!seen.add(entry.documentId()) || !Double.isFinite(entry.score())) {
                    throw new IllegalArgumentException(
                            "query " + query + ": " + entry + " is there twice or has no finite score");
                }
            }
            copy.put(query, new ArrayList<>(entries));
        });
        return sorted(tag, copy);
    }

    private static TrecRun sorted(String tag, Map<String, List<Entry>> rankings) {
        rankings.replaceAll((query, entries) -> {
            entries.sort(BEST_FIRST);
            return List.copyOf(entries);
        });
        return new TrecRun(tag, rankings);
    }

    /** A query's documents best first, in trec_eval's order. */
    public static List<Entry> bestFirst(List<Entry> entries) {
        return entries.stream().sorted(BEST_FIRST).toList();
    }

    /** Which system made it. */
    public String tag() {
        return tag;
    }

    /** The queries, in the order in which the file first names them. */
    public Set<String> queries() {
        return Collections.unmodifiableSet(rankings.keySet());
    }

    /** What was retrieved for a query, best first; empty for an unknown query. */
    public List<Entry> ranking(String queryId) {
        @Nullable List<Entry> entries = rankings.get(queryId);
        return entries == null ? List.of() : entries;
    }

    /** Every document of any query. */
    public Set<String> documents() {
        Set<String> documents = new LinkedHashSet<>();
        rankings.values().forEach(entries -> entries.forEach(entry -> documents.add(entry.documentId())));
        return documents;
    }

    /** The same run with at most the best {@code depth} documents of a query. */
    public TrecRun cut(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("depth must be at least 1, not " + depth);
        }
        Map<String, List<Entry>> best = new LinkedHashMap<>();
        rankings.forEach((query, entries) -> best.put(query, entries.subList(0, Math.min(depth, entries.size()))));
        return new TrecRun(tag, best);
    }

    /** Writes it as trec_eval reads it, packed if the name ends in {@code .gz}. Scores are written in full. */
    public void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                OutputStream packed = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
                BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(packed, UTF_8))) {
            for (Map.Entry<String, List<Entry>> ranking : rankings.entrySet()) {
                int rank = 1;
                for (Entry entry : ranking.getValue()) {
                    writer.write(String.join(
                            " ",
                            ranking.getKey(),
                            "Q0",
                            entry.documentId(),
                            Integer.toString(rank++),
                            Double.toString(entry.score()),
                            tag));
                    writer.write('\n');
                }
            }
        }
    }
}
