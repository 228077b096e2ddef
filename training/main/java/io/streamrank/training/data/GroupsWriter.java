package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes labelled lists as JSON Lines, packed if the name ends in {@code .gz}. A new file has its name once it is
 * {@linkplain #finish whole}; what is given up before that is left beside it, as {@code .unfinished}.
 */
public final class GroupsWriter implements Closeable {
    private final BufferedWriter out;
    private final boolean idsOnly;
    private final @Nullable Path file;

    private GroupsWriter(OutputStream out, boolean idsOnly, @Nullable Path file) {
        this.out = new BufferedWriter(new OutputStreamWriter(out, UTF_8));
        this.idsOnly = idsOnly;
        this.file = file;
    }

    /**
     * Begins a file anew.
     *
     * @param idsOnly whether texts of documents are left out where they have ids: the file is far smaller, and its reader
     *     has to name the collection
     */
    public static GroupsWriter create(Path file, boolean idsOnly) throws IOException {
        // What is no plain file, as /dev/stdout, is written as it is.
        boolean plain = !Files.exists(file) || Files.isRegularFile(file);
        OutputStream out = Files.newOutputStream(plain ? unfinished(file) : file);
        OutputStream packed = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out;
        return new GroupsWriter(packed, idsOnly, plain ? file : null);
    }

    private static Path unfinished(Path file) {
        return file.resolveSibling(file.getFileName() + ".unfinished");
    }

    /** Writes to the end of what is there. */
    static GroupsWriter to(OutputStream out, boolean idsOnly) {
        return new GroupsWriter(out, idsOnly, null);
    }

    void write(GroupLine list) throws IOException {
        out.write((idsOnly ? withoutTexts(list) : list).toJson());
        out.write('\n');
    }

    /** Hands what was written to the operating system. */
    void flush() throws IOException {
        out.flush();
    }

    /** Says that everything is written: a new file takes the place of one of its name. */
    public void finish() throws IOException {
        out.close();
        if (file != null) {
            Files.move(unfinished(file), file, StandardCopyOption.REPLACE_EXISTING);
        }
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
