package io.streamrank.training.data;

import io.streamrank.replay.Corpus;
import io.streamrank.replay.Document;
import io.streamrank.replay.LinePlace;
import io.streamrank.replay.ReplayDataException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A collection on disk, in which documents are looked up by id or by row; see {@link LineIndex} for what happens to gzip
 * files. It takes 24 to 40 bytes of memory a document: some 300 MB for the 8.8 million passages of MS MARCO.
 *
 * <p>Files are {@code .jsonl} as {@link Corpus} reads it, or MS MARCO's {@code id TAB text}, told by the name.
 */
final class DocumentStore implements Closeable {
    private final LineIndex lines;
    private final boolean json;
    private final IdIndex rows;

    private DocumentStore(LineIndex lines, boolean json) {
        this.lines = lines;
        this.json = json;
        this.rows = new IdIndex(row -> document(row).id());
    }

    /**
     * Reads a collection once, checks every line and remembers where the documents are.
     *
     * @throws ReplayDataException if a line is no document, or an id is there twice; names file and line
     */
    static DocumentStore open(Path file) throws IOException {
        String name = file.toString();
        DocumentStore store =
                new DocumentStore(LineIndex.open(file), name.endsWith(".jsonl") || name.endsWith(".jsonl.gz"));
        try {
            store.lines.scan((row, place, line) ->
                    store.add(place, store.parsed(place, line).id()));
            return store;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private void add(LinePlace place, String id) throws IOException {
        if (rows.add(id) != IdIndex.ABSENT) {
            throw place.wrong("document " + id + " is there twice");
        }
    }

    private Document parsed(LinePlace place, String line) throws IOException {
        return json ? Corpus.parse(place, line) : tabbed(place, line);
    }

    private static Document tabbed(LinePlace place, String line) throws ReplayDataException {
        int tab = line.indexOf('\t');
        if (tab < 1) {
            throw place.expected("'document-id TAB text'", 1);
        }
        return new Document(line.substring(0, tab), "", line.substring(tab + 1));
    }

    /** How many documents there are. */
    int size() {
        return lines.size();
    }

    /** The file, as it was named. */
    Path file() {
        return lines.file();
    }

    /** The row of a document, or {@link IdIndex#ABSENT}. */
    int row(String id) throws IOException {
        return rows.row(id);
    }

    /** The document of a row. */
    Document document(int row) throws IOException {
        try {
            return parsed(new LinePlace(lines.file(), 0), lines.line(row));
        } catch (ReplayDataException e) {
            throw lines.changed(row, e);
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
