package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateLists;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where the lists to send come from: one of three. */
final class SendSource {
    @Option(
            names = "--jsonl",
            paramLabel = "FILE",
            description = "JSON Lines, one request a line with the event's field names; - for standard input.")
    @Nullable String jsonl;

    @Option(
            names = "--beir",
            paramLabel = "FOLDER",
            description = "A folder with corpus.jsonl, queries.jsonl or .tsv, and a run*.trec; .gz too.")
    private @Nullable Path beir;

    @ArgGroup(exclusive = false)
    private @Nullable Trec trec;

    /** A run and the texts it names. */
    static final class Trec {
        @Option(names = "--run", paramLabel = "FILE", required = true, description = "A TREC run, with the next two.")
        private Path run = Path.of("");

        @Option(names = "--corpus", paramLabel = "FILE", required = true, description = "Its documents: corpus.jsonl.")
        private Path corpus = Path.of("");

        @Option(names = "--queries", paramLabel = "FILE", required = true, description = "Its queries: .tsv or .jsonl.")
        private Path queries = Path.of("");

        private CandidateLists lists(int depth) throws IOException {
            return CandidateLists.read(corpus, queries, run, depth);
        }
    }

    /**
     * The lists of a run, where the source is not JSON Lines.
     *
     * @param split which queries and run of a BEIR folder, where it holds several
     * @param depth the most candidates of a list
     * @throws IOException if files are missing, malformed or hold no lists
     */
    CandidateLists lists(@Nullable String split, int depth) throws IOException {
        CandidateLists lists = beir != null
                ? CandidateLists.read(new BeirFolder(beir, split), depth)
                : requireNonNull(trec).lists(depth);
        if (lists.size() == 0) {
            throw new IOException((beir != null ? beir : requireNonNull(trec).run) + ": holds no candidate lists");
        }
        return lists;
    }

    /**
     * The files, by what they hold.
     *
     * @param split which queries and run of a BEIR folder, where it holds several
     * @throws IOException if a folder lacks one
     */
    Map<String, Path> files(@Nullable String split) throws IOException {
        if (jsonl != null) {
            return Map.of("lists", Path.of(jsonl));
        }
        Map<String, Path> files = new LinkedHashMap<>();
        if (beir != null) {
            BeirFolder folder = new BeirFolder(beir, split);
            files.put("run", folder.run());
            files.put("corpus", folder.corpus());
            files.put("queries", folder.queries());
        } else {
            Trec three = requireNonNull(trec);
            files.put("run", three.run);
            files.put("corpus", three.corpus);
            files.put("queries", three.queries);
        }
        return files;
    }
}
