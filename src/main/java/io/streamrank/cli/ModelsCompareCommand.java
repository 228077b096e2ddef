package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.QueryPair;
import io.streamrank.replay.QueryPairs;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts the same pairs through two checkpoints, one after the other. */
@Command(
        name = "compare",
        description = "Score the same pairs with two checkpoints: how far they agree, and how fast each is.",
        sortOptions = false,
        footer = {"", "For example: ./streamrank models compare OLD NEW --sample"})
final class ModelsCompareCommand implements Callable<Integer> {
    private static final int SAMPLE_QUERIES = 20;
    private static final int SAMPLE_DEPTH = 20;

    private final StreamrankConfig config;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FOLDER", description = "A checkpoint folder.")
    private Path first = Path.of("");

    @Parameters(index = "1", paramLabel = "FOLDER", description = "Another one.")
    private Path second = Path.of("");

    @ArgGroup(exclusive = true, multiplicity = "1")
    private final Source source = new Source();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(names = "--json", description = "Print one JSON object, for programs.")
    private boolean json;

    /** Where the pairs are. */
    static final class Source {
        @Option(
                names = "--pairs",
                paramLabel = "FILE",
                description =
                        "JSON Lines: {\"query\": \"…\", \"document\": \"…\"}; pairs of one query are its candidates.")
        private @Nullable Path pairs;

        @Option(
                names = "--sample",
                description = "The first " + SAMPLE_QUERIES + " queries of " + DemoCommand.SAMPLE + ", " + SAMPLE_DEPTH
                        + " candidates each.")
        boolean sample;
    }

    @Inject
    ModelsCompareCommand(StreamrankConfig config) {
        this.config = config;
    }

    @Override
    public Integer call() throws IOException {
        List<QueryPair> pairs = source.pairs != null
                ? QueryPairs.read(source.pairs).pairs()
                : sample(config.home().resolve(DemoCommand.SAMPLE));
        Terminal terminal = new Terminal(requireNonNull(spec).commandLine().getOut());
        ModelsReport report = new ModelsReport(terminal);
        ObjectNode node = ModelsReport.JSON.createObjectNode();
        PairScores a = score(first, "a", pairs, terminal, node);
        PairScores b = score(second, "b", pairs, terminal, node);
        Comparison comparison = Comparison.of(pairs, a, b);
        if (json) {
            comparison.put(node);
            report.json(node);
        } else {
            comparison.print(report);
        }
        return ExitCode.OK;
    }

    private static List<QueryPair> sample(Path folder) throws IOException {
        CandidateLists lists = CandidateLists.read(new BeirFolder(folder, null), SAMPLE_DEPTH);
        return StreamSupport.stream(lists.spliterator(), false)
                .limit(SAMPLE_QUERIES)
                .flatMap(list -> list.candidates().stream()
                        .map(candidate -> QueryPair.of(list.query().text(), candidate.text())))
                .toList();
    }

    /** One model at a time, so that neither takes the other's memory or cores. */
    private PairScores score(Path folder, String name, List<QueryPair> pairs, Terminal terminal, ObjectNode node) {
        ModelsReport report = new ModelsReport(terminal);
        String id = ModelChoice.of(folder).id();
        try (Reranker reranker = Rerankers.load(folder, id, model.settings(config, Optional.empty()))) {
            PairScores scores = PairScores.of(
                    reranker,
                    pairs,
                    new WorkerAssembly(config).batchPolicy(reranker),
                    ModelsReport.progress(terminal, json));
            if (json) {
                ObjectNode own = node.putObject(name);
                ModelsReport.put(own, reranker);
                own.put("pairsPerSecond", scores.pairsPerSecond())
                        .put("tokensPerSecond", scores.tokensPerSecond())
                        .put("tokens", scores.tokens())
                        .put("tokenizingSeconds", scores.tokenizing().toNanos() / 1e9)
                        .put("scoringSeconds", scores.scoring().toNanos() / 1e9);
            } else {
                report.field(name, "%s", ModelsReport.described(reranker));
                report.field(
                        "",
                        "%,.0f pairs/s, %,.0f tokens/s in %,d tokens",
                        scores.pairsPerSecond(),
                        scores.tokensPerSecond(),
                        scores.tokens());
            }
            return scores;
        }
    }
}
