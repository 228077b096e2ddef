package io.streamrank.replay;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder laid out as BEIR does it, with a run beside it, and where its files are:
 *
 * <pre>
 * corpus.jsonl[.gz]
 * queries.jsonl[.gz]     or queries.tsv, queries.&lt;split&gt;.tsv (also .gz)
 * qrels/&lt;split&gt;.tsv      or qrels.trec, qrels.&lt;split&gt;.trec
 * run.&lt;anything&gt;.trec[.gz]
 * </pre>
 *
 * Where several files would do, the split decides; a file that names another split is never taken for it, except that a
 * folder's only run is its run. Files are looked for when asked for, so a folder need not be complete.
 *
 * @param root the folder
 * @param split {@code test}, {@code dev}, …; absent where the folder holds one of each
 */
public record BeirFolder(Path root, @Nullable String split) {
    private static final Pattern CORPUS = Pattern.compile("corpus\\.jsonl(\\.gz)?");
    private static final Pattern QUERIES = Pattern.compile("queries\\.jsonl(\\.gz)?|queries(\\..+)?\\.tsv(\\.gz)?");
    private static final Pattern QRELS = Pattern.compile("qrels(\\..+)?\\.trec(\\.gz)?");
    private static final Pattern BEIR_QRELS = Pattern.compile(".+\\.tsv");
    private static final Pattern RUN = Pattern.compile("run(\\..+)?\\.trec(\\.gz)?");

    public BeirFolder {
        requireNonNull(root, "root");
    }

    /** The documents; see {@link Corpus}. */
    public Path corpus() throws IOException {
        return only("corpus.jsonl[.gz]", matching(root, CORPUS), name -> true);
    }

    /** The queries; see {@link Queries#read}. */
    public Path queries() throws IOException {
        return only("queries.jsonl or queries.tsv (.gz)", matching(root, QUERIES), BeirFolder::isPlain);
    }

    /** The judgments; see {@link Qrels#read}. */
    public Path qrels() throws IOException {
        Path folder = root.resolve("qrels");
        return Files.isDirectory(folder)
                ? only("qrels/<split>.tsv", matching(folder, BEIR_QRELS), name -> false)
                : only("qrels.trec", matching(root, QRELS), BeirFolder::isPlain);
    }

    /** The run; see {@link TrecRun#read}. */
    public Path run() throws IOException {
        return only("run*.trec[.gz]", matching(root, RUN), name -> true);
    }

    private static boolean isPlain(String name) {
        return name.startsWith("queries.jsonl") || name.startsWith("queries.tsv") || name.startsWith("qrels.trec");
    }

    private Path only(String what, List<Path> files, Predicate<String> goodForAnySplit) throws IOException {
        List<Path> fitting = files;
        if (split != null) {
            List<Path> named = filter(files, name -> namesSplit(name, split));
            fitting = named.isEmpty() ? filter(files, goodForAnySplit) : named;
        }
        if (fitting.size() != 1) {
            throw new ReplayDataException(root, problem(what, files));
        }
        return fitting.get(0);
    }

    private String problem(String what, List<Path> files) {
        String wanted = "expected one " + what + (split == null ? "" : " for split " + split);
        List<String> names = files.stream().map(BeirFolder::name).toList();
        return names.isEmpty() ? wanted + ", found none" : wanted + ", found " + ReplayDataException.first(names);
    }

    private static List<Path> filter(List<Path> files, Predicate<String> wanted) {
        return files.stream().filter(file -> wanted.test(name(file))).toList();
    }

    private static boolean namesSplit(String name, String split) {
        return Arrays.asList(name.split("\\.", -1)).contains(split);
    }

    private static String name(Path file) {
        return requireNonNull(file.getFileName(), "file name").toString();
    }

    private static List<Path> matching(Path folder, Pattern name) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new ReplayDataException(folder, "there is no such folder");
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> name.matcher(name(file)).matches())
                    .sorted()
                    .toList();
        }
    }
}
