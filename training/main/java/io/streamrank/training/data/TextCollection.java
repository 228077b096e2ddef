package io.streamrank.training.data;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.Queries;
import io.streamrank.replay.ReplayDataException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/**
 * A collection's documents on disk and its queries in memory, looked up by id; a file that names something the collection
 * lacks is told so.
 */
final class TextCollection implements Closeable {
    private final DocumentStore documents;
    private final Map<String, String> queries;
    private final Path queriesFile;

    private TextCollection(DocumentStore documents, Map<String, String> queries, Path queriesFile) {
        this.documents = documents;
        this.queries = queries;
        this.queriesFile = queriesFile;
    }

    static TextCollection open(Path corpus, Path queriesFile) throws IOException {
        Map<String, String> queries = Queries.read(queriesFile);
        DocumentStore documents = DocumentStore.open(corpus);
        if (documents.size() == 0) {
            documents.close();
            throw new ReplayDataException(corpus, "holds no documents");
        }
        return new TextCollection(documents, queries, queriesFile);
    }

    static TextCollection open(BeirFolder folder) throws IOException {
        return open(folder.corpus(), folder.queries());
    }

    /** Every query's text by id, in the file's order. */
    Map<String, String> queries() {
        return queries;
    }

    /** The text of a query. */
    String query(String id, Place place) throws IOException {
        String text = queries.get(id);
        if (text == null) {
            throw place.wrong("names query " + id + ", which " + queriesFile + " lacks");
        }
        return text;
    }

    /** The row of a document. */
    int row(String id, Place place) throws IOException {
        int row = documents.row(id);
        if (row == IdIndex.ABSENT) {
            throw place.wrong("names document " + id + ", which " + documents.file() + " lacks");
        }
        return row;
    }

    /** Whether it has a document. */
    boolean has(String id) throws IOException {
        return documents.row(id) != IdIndex.ABSENT;
    }

    /** The document of a row, its text unread and its row for an id. */
    LabelledDocument document(int row, double label) {
        return new LabelledDocument(
                Integer.toString(row),
                label,
                OptionalDouble.empty(),
                () -> documents.document(row).modelText());
    }

    /** How many documents there are. */
    int size() {
        return documents.size();
    }

    /** The id of the document of a row. */
    String id(int row) throws IOException {
        return documents.document(row).id();
    }

    /** The text of the document of a row. */
    String text(int row) throws IOException {
        return documents.document(row).modelText();
    }

    /** The text of a document. */
    String text(String id, Place place) throws IOException {
        return documents.document(row(id, place)).modelText();
    }

    /** Any document, labelled as a negative. */
    LabelledDocument anyDocument(SplittableRandom random) {
        return document(random.nextInt(documents.size()), 0);
    }

    /** Says where a file names what is not there. */
    @FunctionalInterface
    interface Place {
        ReplayDataException wrong(String problem);

        /** A file as a whole. */
        static Place of(Path file) {
            requireNonNull(file, "file");
            return problem -> new ReplayDataException(file, problem);
        }
    }

    @Override
    public void close() throws IOException {
        documents.close();
    }
}
