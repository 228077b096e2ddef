package io.streamrank.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Relevance judgments: which documents are how relevant to which query. Grades of 1 and more are degrees of relevance,
 * 0 is judged not relevant, negative ones stand for documents that were picked but not judged.
 */
public final class Qrels {
    private static final String TREC_LINE = "'query-id 0 document-id grade'";
    private static final String BEIR_HEADER = "query-id\tcorpus-id\tscore";
    private static final String BEIR_LINE = "'query-id TAB document-id TAB grade'";

    private final Map<String, Map<String, Integer>> grades;

    private Qrels(Map<String, Map<String, Integer>> grades) {
        this.grades = grades;
    }

    /**
     * Reads TREC qrels ({@code query 0 document grade}, any white space), or BEIR's table, told by its header line
     * {@code query-id corpus-id score}. Gzip is unpacked.
     *
     * @throws ReplayDataException if a line is neither, or judges a document a second time; names file and line
     */
    public static Qrels read(Path file) throws IOException {
        try (LineReader lines = LineReader.open(file)) {
            Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
            String line = lines.next();
            boolean beir = line != null && line.equals(BEIR_HEADER);
            for (line = beir ? lines.next() : line; line != null; line = lines.next()) {
                add(beir ? beirFields(lines, line) : trecFields(lines, line), lines, grades);
            }
            return new Qrels(grades);
        }
    }

    /** Judgments by query and document, in the given order. */
    public static Qrels of(Map<String, Map<String, Integer>> grades) {
        Map<String, Map<String, Integer>> copy = new LinkedHashMap<>();
        grades.forEach((query, documents) -> copy.put(query, new LinkedHashMap<>(documents)));
        return new Qrels(copy);
    }

    /** The queries that have judgments, in the file's order. */
    public Set<String> queries() {
        return Collections.unmodifiableSet(grades.keySet());
    }

    /** Grades by document id; empty for a query without judgments. */
    public Map<String, Integer> judgments(String queryId) {
        @Nullable Map<String, Integer> documents = grades.get(queryId);
        return documents == null ? Map.of() : Collections.unmodifiableMap(documents);
    }

    /** {query, document, grade}. */
    private static String[] trecFields(LineReader lines, String line) throws ReplayDataException {
        String[] fields = LineReader.fields(line);
        if (fields.length != 4) {
            throw lines.expected(TREC_LINE + ", not " + fields.length + " fields");
        }
        return new String[] {fields[0], fields[2], fields[3]};
    }

    private static String[] beirFields(LineReader lines, String line) throws ReplayDataException {
        String[] fields = line.split("\t", -1);
        if (fields.length != 3) {
            throw lines.expected(BEIR_LINE + ", not " + fields.length + " fields");
        }
        return fields;
    }

    private static void add(String[] fields, LineReader lines, Map<String, Map<String, Integer>> grades)
            throws ReplayDataException {
        int grade = lines.integer(fields[2].trim(), "grade");
        Map<String, Integer> documents = grades.computeIfAbsent(fields[0], query -> new LinkedHashMap<>());
        if (documents.putIfAbsent(fields[1], grade) != null) {
            throw lines.wrong("query " + fields[0] + " judges document " + fields[1] + " twice");
        }
    }
}
