package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Writes labelled lists as JSON Lines, packed if the name ends in {@code .gz}. */
public final class GroupsWriter implements Closeable {
    private final BufferedWriter out;
    private final boolean idsOnly;

    private GroupsWriter(OutputStream out, boolean idsOnly) {
        this.out = new BufferedWriter(new OutputStreamWriter(out, UTF_8));
        this.idsOnly = idsOnly;
    }

    /**
     * Begins a file anew.
     *
     * @param idsOnly whether texts of documents are left out where they have ids: the file is far smaller, and its reader
     *     has to name the collection
     */
    public static GroupsWriter create(Path file, boolean idsOnly) throws IOException {
        OutputStream out = Files.newOutputStream(file);
        return new GroupsWriter(file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out, idsOnly);
    }

    /** Writes to the end of what is there. */
    static GroupsWriter to(OutputStream out, boolean idsOnly) {
        return new GroupsWriter(out, idsOnly);
    }

    void write(GroupLine list) throws IOException {
        out.write((idsOnly ? withoutTexts(list) : list).toJson());
        out.write('\n');
    }

    /** Hands what was written to the operating system. */
    void flush() throws IOException {
        out.flush();
    }

    private static GroupLine withoutTexts(GroupLine list) {
        return new GroupLine(
                list.queryId(),
                list.query(),
                withoutTexts(list.positives()),
                withoutTexts(list.negatives()),
                list.scores());
    }

    private static List<GroupLine.Doc> withoutTexts(List<GroupLine.Doc> documents) {
        return documents.stream()
                .map(document ->
                        document.id() == null ? document : new GroupLine.Doc(document.id(), null, document.grade()))
                .toList();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
