package io.streamrank.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A collection's documents, one JSON object a line: {@code {"_id", "title", "text"}} as BEIR writes them, or with
 * {@code "id"}; the title may be missing. It may be larger than memory: both ways to read it pass over it once.
 */
public final class Corpus {

    /** Takes documents as they are read. */
    @FunctionalInterface
    public interface Reader {
        void accept(Document document) throws IOException;
    }

    private Corpus() {}

    /**
     * Reads every document in order and keeps none; ids are not checked against each other.
     *
     * @throws ReplayDataException if a line is no document; names file and line
     */
    public static void forEach(Path file, Reader reader) throws IOException {
        try (LineReader lines = LineReader.open(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                reader.accept(JsonLine.parse(lines.place(), line));
            }
        }
    }

    /**
     * Reads one document from its line.
     *
     * @param place where the line stands, for errors
     * @throws ReplayDataException if it is no document
     */
    public static Document parse(LinePlace place, String line) throws IOException {
        return JsonLine.parse(place, line);
    }

    /**
     * Reads the texts of some documents, as a model reads them, and holds only those.
     *
     * @return {@link Document#modelText()} by id
     * @throws ReplayDataException if a line is no document, one of the ids is there twice, or some are not there
     */
    public static Map<String, String> modelTexts(Path file, Set<String> ids) throws IOException {
        Map<String, String> texts = new HashMap<>();
        try (LineReader lines = LineReader.open(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                Document document = JsonLine.parse(lines.place(), line);
                if (ids.contains(document.id()) && texts.put(document.id(), document.modelText()) != null) {
                    throw lines.wrong("document " + document.id() + " is there twice");
                }
            }
        }
        requireAll(file, ids, texts.keySet());
        return texts;
    }

    private static void requireAll(Path file, Set<String> ids, Set<String> found) throws ReplayDataException {
        if (found.size() < ids.size()) {
            List<String> missing =
                    ids.stream().filter(id -> !found.contains(id)).toList();
            throw new ReplayDataException(
                    file,
                    "lacks " + missing.size() + " of the " + ids.size() + " documents asked for: "
                            + ReplayDataException.first(missing));
        }
    }
}
