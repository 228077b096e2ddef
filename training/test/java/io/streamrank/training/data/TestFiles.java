package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Writes the small files that the tests of this room read. */
final class TestFiles {
    private TestFiles() {}

    /** Packed if the name ends in {@code .gz}. */
    static Path write(Path folder, String name, String... lines) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file);
                OutputStream packed = name.endsWith(".gz") ? new GZIPOutputStream(out) : out) {
            packed.write((String.join("\n", lines) + "\n").getBytes(UTF_8));
        }
        return file;
    }

    /** A collection of 40 documents and 6 queries: for query q, document dq is relevant, and its list holds 20. */
    static Path beirFolder(Path folder) throws IOException {
        String[] documents = new String[40];
        for (int i = 0; i < documents.length; i++) {
            documents[i] = "{\"_id\": \"d%d\", \"title\": \"%s\", \"text\": \"%s\"}".formatted(i, title(i), body(i));
        }
        write(folder, "corpus.jsonl", documents);
        StringBuilder queries = new StringBuilder();
        StringBuilder qrels = new StringBuilder();
        StringBuilder run = new StringBuilder();
        for (int query = 0; query < 6; query++) {
            queries.append("q%d\tquestion %d%n".formatted(query, query));
            qrels.append("q%d 0 d%d 1%n".formatted(query, query));
            for (int rank = 1; rank <= 20; rank++) {
                int document = (query + rank - 1) % 40;
                run.append("q%d Q0 d%d %d %d tag%n".formatted(query, document, rank, 100 - rank));
            }
        }
        write(folder, "queries.tsv", queries.toString());
        write(folder, "qrels.trec", qrels.toString());
        write(folder, "run.bm25.trec.gz", run.toString());
        return folder;
    }

    static String title(int document) {
        return document % 2 == 0 ? "Title " + document : "";
    }

    static String body(int document) {
        return "passage %d alpha%d beta%d gamma%d".formatted(document, document, document, document);
    }

    /** What a model reads of a document of {@link #beirFolder}. */
    static String modelText(int document) {
        return title(document).isEmpty() ? body(document) : title(document) + " " + body(document);
    }
}
