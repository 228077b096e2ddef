package io.streamrank.training;

import io.streamrank.model.Reranker;
import io.streamrank.training.data.CandidateSource;
import io.streamrank.training.data.GroupsWriter;
import io.streamrank.training.data.HardNegatives;
import io.streamrank.training.data.ListScorer;
import io.streamrank.training.data.MiningCounts;
import io.streamrank.training.data.MiningSettings;
import io.streamrank.training.data.RankBand;
import io.streamrank.training.data.ScoreFilter;
import io.streamrank.training.data.ScoreFilter.Rule;
import io.streamrank.training.run.ProgressLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Mines hard negatives from a first stage's run: what it ranks high and what is not relevant. */
@Command(
        name = "mine",
        description = "Mine hard negatives from a TREC run.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class Mine implements Callable<Integer> {
    @Mixin
    private CollectionChoice collection = new CollectionChoice();

    @Option(names = "--output", paramLabel = "FILE", required = true, description = "JSON Lines; .gz packs them.")
    private Path output = Path.of("");

    @Option(
            names = "--from-rank",
            paramLabel = "N",
            defaultValue = "5",
            description = "The first rank to take (default: ${DEFAULT-VALUE}).")
    private int fromRank;

    @Option(
            names = "--to-rank",
            paramLabel = "N",
            defaultValue = "100",
            description = "The last rank to take (default: ${DEFAULT-VALUE}).")
    private int toRank;

    @Option(
            names = "--negatives",
            paramLabel = "N",
            defaultValue = "50",
            description = "The most that a query gets, the best ranked (default: ${DEFAULT-VALUE}).")
    private int negatives;

    @Mixin
    private ListChoice lists = new ListChoice();

    @Option(names = "--judged-too", description = "Take documents judged not relevant as well, not only unjudged ones.")
    private boolean judgedToo;

    @Option(
            names = "--near-duplicates",
            paramLabel = "SHARE",
            defaultValue = "0.5",
            description = "Leave out texts that share so much of their runs of three words with a positive"
                    + " (default: ${DEFAULT-VALUE}).")
    private double nearDuplicates;

    @Option(
            names = "--filter-model",
            paramLabel = "FOLDER",
            description = "Leave out what this checkpoint scores nearly as high as a positive.")
    private @Nullable Path filterModel;

    @Option(
            names = "--filter-margin",
            paramLabel = "N",
            description = "How far below the positive's score a negative's must be (default: 0).")
    private @Nullable Double filterMargin;

    @Option(
            names = "--filter-ratio",
            paramLabel = "SHARE",
            description =
                    "Instead: a negative's score is at most this share of the positive's; for scores from 0 to 1.")
    private @Nullable Double filterRatio;

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Override
    public Integer call() throws IOException {
        MiningSettings settings = new MiningSettings(
                new RankBand(fromRank, toRank), negatives, lists.relevantFrom(), judgedToo, nearDuplicates, filter());
        if (filterModel == null) {
            mine(settings, null);
        } else {
            try (OrderlyEnd end = new OrderlyEnd();
                    Reranker reranker = model.load(filterModel)) {
                mine(settings, end.scorer(reranker));
            } catch (CancellationException e) {
                throw new TrainingException("stopped: what was mined is in " + output + ".unfinished, and not all");
            }
        }
        return 0;
    }

    private Optional<ScoreFilter> filter() {
        if (filterModel == null && (filterMargin != null || filterRatio != null)) {
            throw new IllegalArgumentException("--filter-margin and --filter-ratio need a --filter-model");
        }
        if (filterMargin != null && filterRatio != null) {
            throw new IllegalArgumentException("--filter-margin and --filter-ratio exclude each other");
        }
        if (filterModel == null) {
            return Optional.empty();
        }
        return Optional.of(
                filterRatio != null
                        ? new ScoreFilter(Rule.RATIO, filterRatio)
                        : new ScoreFilter(Rule.MARGIN, filterMargin == null ? 0 : filterMargin));
    }

    private void mine(MiningSettings settings, @Nullable ListScorer scorer) throws IOException {
        Path run = collection.run();
        ProgressLine progress = ProgressLine.of(CandidateSource.queries(run), "queries");
        try (HardNegatives mining = HardNegatives.open(
                        collection.corpus(), collection.queries(), collection.qrels(), settings, scorer);
                GroupsWriter writer = GroupsWriter.create(output, lists.idsOnly())) {
            progress.begin(0);
            MiningCounts counts = mining.mine(run, writer, progress::done);
            writer.finish();
            System.err.println(counts);
        }
    }
}
