package io.streamrank.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A collection's queries. */
public final class Queries {
    private Queries() {}

    /**
     * Reads queries: {@code {"_id", "text"}} a line if the name ends in {@code .jsonl} or {@code .jsonl.gz}, otherwise
     * {@code query-id TAB text}.
     *
     * @return texts by query id, in the file's order
     * @throws ReplayDataException if a line is something else, or an id is there twice; names file and line
     */
    public static Map<String, String> read(Path file) throws IOException {
        boolean json = file.toString().endsWith(".jsonl") || file.toString().endsWith(".jsonl.gz");
        Map<String, String> queries = new LinkedHashMap<>();
        try (LineReader lines = LineReader.open(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                Document query = json ? JsonLine.parse(lines.place(), line) : tabbed(lines, line);
                if (queries.put(query.id(), query.text()) != null) {
                    throw lines.wrong("query " + query.id() + " is there twice");
                }
            }
        }
        return Collections.unmodifiableMap(queries);
    }

    private static Document tabbed(LineReader lines, String line) throws ReplayDataException {
        int tab = line.indexOf('\t');
        if (tab < 1 || line.substring(tab).isBlank()) {
            throw lines.expected("'query-id TAB text'");
        }
        return new Document(line.substring(0, tab), "", line.substring(tab + 1));
    }
}
