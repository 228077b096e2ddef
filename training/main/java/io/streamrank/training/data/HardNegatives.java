package io.streamrank.training.data;

import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingReader;
import io.streamrank.replay.RankingReader.Ranking;
import io.streamrank.replay.TrecRun.Entry;
import io.streamrank.training.data.GroupLine.Doc;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Mines hard negatives: takes from a first stage's run what it ranks high and what is not relevant, and writes a labelled
 * list a query. The run is read query by query and texts stay on disk, so both may be larger than memory.
 */
public final class HardNegatives implements Closeable {
    /** Lists scored at once: enough to fill the forward passes of a GPU, few enough to show progress on a CPU. */
    private static final int LISTS_AT_ONCE = 64;

    private final TextCollection collection;
    private final Judgments judgments;
    private final Path qrels;
    private final MiningSettings settings;
    private final NearDuplicates nearDuplicates;
    private final @Nullable ListScorer scorer;
    private final MiningCounts counts = new MiningCounts();

    private HardNegatives(TextCollection collection, Path qrels, MiningSettings settings, @Nullable ListScorer scorer)
            throws IOException {
        this.collection = collection;
        this.judgments = new Judgments(Qrels.read(qrels), settings.relevantFrom());
        this.qrels = qrels;
        this.settings = settings;
        this.nearDuplicates = new NearDuplicates(settings.nearDuplicates());
        this.scorer = scorer;
    }

    /**
     * Opens a judged collection.
     *
     * @param scorer what the settings' filter goes by; null if there is none
     */
    public static HardNegatives open(
            Path corpus, Path queries, Path qrels, MiningSettings settings, @Nullable ListScorer scorer)
            throws IOException {
        if (settings.filter().isPresent() != (scorer != null)) {
            throw new IllegalArgumentException("a filter by scores needs a model, and a model a filter");
        }
        TextCollection collection = TextCollection.open(corpus, queries);
        try {
            return new HardNegatives(collection, qrels, settings, scorer);
        } catch (IOException | RuntimeException e) {
            collection.close();
            throw e;
        }
    }

    /**
     * Mines a run.
     *
     * @param output where the lists go, a line a query, in the run's order
     * @param progress is told the number of queries done, now and then
     * @throws io.streamrank.replay.ReplayDataException if the run is malformed or names what the collection lacks
     */
    public MiningCounts mine(Path run, GroupsWriter output, LongConsumer progress) throws IOException {
        try (RankingReader rankings = RankingReader.open(run)) {
            List<GroupLine> waiting = new ArrayList<>();
            for (Ranking ranking = rankings.next(); ranking != null; ranking = rankings.next()) {
                counts.queries++;
                GroupLine list = list(ranking);
                if (list != null) {
                    waiting.add(list);
                }
                if (waiting.size() == LISTS_AT_ONCE) {
                    write(waiting, output);
                    waiting.clear();
                }
                progress.accept(counts.queries);
            }
            write(waiting, output);
        }
        return counts;
    }

    /** Every fit candidate of a query; null where it has no positive. */
    private @Nullable GroupLine list(Ranking ranking) throws IOException {
        String queryId = ranking.queryId();
        Map<String, Integer> relevant = judgments.positives(queryId);
        if (relevant.isEmpty()) {
            counts.withoutPositives++;
            return null;
        }
        String query = collection.query(queryId, ranking.place()::wrong);
        List<Doc> positives = new ArrayList<>();
        List<Shingles> shingles = new ArrayList<>();
        for (Map.Entry<String, Integer> positive : relevant.entrySet()) {
            String text = collection.text(positive.getKey(), TextCollection.Place.of(qrels));
            positives.add(new Doc(positive.getKey(), text, positive.getValue()));
            shingles.add(Shingles.of(text));
        }
        List<Doc> negatives = new ArrayList<>();
        for (Entry candidate : settings.band().of(ranking.entries())) {
            counts.candidates++;
            if (isExcluded(queryId, candidate.documentId())) {
                counts.judged++;
                continue;
            }
            String text = collection.text(candidate.documentId(), ranking.place()::wrong);
            if (nearDuplicates.test(shingles).matches(text)) {
                counts.nearDuplicates++;
            } else {
                negatives.add(new Doc(candidate.documentId(), text, 0));
            }
        }
        return new GroupLine(queryId, query, positives, negatives, List.of());
    }

    private boolean isExcluded(String queryId, String documentId) {
        return settings.judgedToo()
                ? judgments.isRelevant(queryId, documentId)
                : judgments.isJudged(queryId, documentId);
    }

    private void write(List<GroupLine> lists, GroupsWriter output) throws IOException {
        for (GroupLine list : filtered(lists)) {
            List<Doc> fit = list.negatives();
            List<Doc> taken = fit.subList(0, Math.min(settings.negatives(), fit.size()));
            counts.beyondLimit += fit.size() - taken.size();
            counts.negatives += taken.size();
            if (taken.isEmpty()) {
                counts.withoutNegatives++;
            } else {
                output.write(new GroupLine(list.queryId(), list.query(), list.positives(), taken, List.of()));
            }
        }
    }

    private List<GroupLine> filtered(List<GroupLine> lists) {
        if (scorer == null) {
            return lists;
        }
        ScoreFilter filter = settings.filter().orElseThrow();
        List<float[]> scores =
                scorer.score(lists.stream().map(GroupLine::unscored).toList());
        List<GroupLine> kept = new ArrayList<>();
        for (int i = 0; i < scores.size(); i++) {
            kept.add(below(filter, lists.get(i), scores.get(i)));
        }
        return kept;
    }

    private GroupLine below(ScoreFilter filter, GroupLine list, float[] scores) {
        int positives = list.positives().size();
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < positives; i++) {
            best = Math.max(best, scores[i]);
        }
        double limit = filter.limit(best);
        List<Doc> negatives = new ArrayList<>();
        for (int i = positives; i < scores.length; i++) {
            if (scores[i] <= limit) {
                negatives.add(list.negatives().get(i - positives));
            } else {
                counts.scoredTooHigh++;
            }
        }
        return new GroupLine(list.queryId(), list.query(), list.positives(), negatives, List.of());
    }

    @Override
    public void close() throws IOException {
        collection.close();
    }
}
