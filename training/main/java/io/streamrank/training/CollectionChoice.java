package io.streamrank.training;

import io.streamrank.replay.BeirFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which judged collection a command reads: a BEIR folder, single files, or a folder of which some files are others. */
final class CollectionChoice {
    @Option(
            names = "--beir",
            paramLabel = "FOLDER",
            description = "A folder laid out as BEIR does it, with a run beside it.")
    private @Nullable Path beir;

    @Option(names = "--split", paramLabel = "NAME", description = "Which split of the folder: train, dev, test.")
    private @Nullable String split;

    @Option(names = "--corpus", paramLabel = "FILE", description = "corpus.jsonl, or a .tsv of ids and texts; .gz too.")
    private @Nullable Path corpus;

    @Option(names = "--queries", paramLabel = "FILE", description = "queries .tsv or .jsonl; .gz too.")
    private @Nullable Path queries;

    @Option(names = "--qrels", paramLabel = "FILE", description = "Judgments, TREC's or BEIR's; .gz too.")
    private @Nullable Path qrels;

    @Option(names = "--run", paramLabel = "FILE", description = "The first stage's TREC run; .gz too.")
    private @Nullable Path run;

    boolean isChosen() {
        return beir != null || run != null;
    }

    Path corpus() throws IOException {
        return corpus != null ? corpus : folder("--corpus").corpus();
    }

    /** The corpus alone, where it was named. */
    @Nullable Path corpusIfNamed() {
        return corpus;
    }

    Path queries() throws IOException {
        return queries != null ? queries : folder("--queries").queries();
    }

    Path qrels() throws IOException {
        return qrels != null ? qrels : folder("--qrels").qrels();
    }

    /** The judgments, where there can be some. */
    @Nullable Path qrelsIfAny() throws IOException {
        return qrels == null && beir == null ? null : qrels();
    }

    Path run() throws IOException {
        return run != null ? run : folder("--run").run();
    }

    private BeirFolder folder(String option) {
        if (beir == null) {
            throw new IllegalArgumentException("name " + option + ", or a folder that has it with --beir");
        }
        return new BeirFolder(beir, split);
    }
}
