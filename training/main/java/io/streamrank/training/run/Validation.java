package io.streamrank.training.run;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.replay.BeirFolder;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.ReplayDataException;
import io.streamrank.replay.TrecRun;
import io.streamrank.training.data.ListScorer;
import io.streamrank.training.data.ListScorer.Unscored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongConsumer;
import java.util.stream.StreamSupport;

/**
 * Says how well a model ranks: reranks a first stage's candidates and measures nDCG@10, MRR@10 and MAP by trec_eval's
 * definitions. Holds the candidates' texts, so that it can be asked again and again while a model learns.
 */
public final class Validation {
    /** What is measured, by trec_eval's names. */
    public static final List<Measure> MEASURES =
            List.of(RankingMeasures.ndcgCut(10), RankingMeasures.recipRank(10), RankingMeasures.averagePrecision());

    private static final int LISTS_AT_ONCE = 32;

    private final List<CandidateList> lists;
    private final Qrels qrels;
    private final EvaluationOptions options;
    private final TrecRun firstStage;

    private Validation(List<CandidateList> lists, Qrels qrels, EvaluationOptions options, TrecRun firstStage) {
        this.lists = lists;
        this.qrels = qrels;
        this.options = options;
        this.firstStage = firstStage;
    }

    /**
     * Reads a judged run.
     *
     * @param depth how many candidates of a query are reranked
     * @param queries how many queries are taken, drawn by the seed; 0 takes all. Only judged ones count
     * @param relevantFrom the lowest grade that MRR and MAP take for relevant; nDCG uses grades as they are
     * @throws ReplayDataException if a file is malformed, or no query of the run is judged
     */
    public static Validation read(
            Path corpus,
            Path queriesFile,
            Path qrelsFile,
            Path run,
            int depth,
            int queries,
            int relevantFrom,
            long seed)
            throws IOException {
        Qrels qrels = Qrels.read(qrelsFile);
        CandidateLists all = CandidateLists.read(corpus, queriesFile, run, depth);
        List<CandidateList> judged = new ArrayList<>(StreamSupport.stream(all.spliterator(), false)
                .filter(list -> qrels.queries().contains(id(list)))
                .toList());
        if (judged.isEmpty()) {
            throw new ReplayDataException(run, "none of its queries is judged in " + qrelsFile);
        }
        if (queries > 0 && queries < judged.size()) {
            Collections.shuffle(judged, new Random(seed));
            judged.subList(queries, judged.size()).clear();
        }
        Map<String, List<TrecRun.Entry>> before = new LinkedHashMap<>();
        judged.forEach(list -> before.put(id(list), all.run().ranking(id(list))));
        EvaluationOptions options = EvaluationOptions.DEFAULT.withRelevantFrom(relevantFrom);
        return new Validation(judged, qrels, options, TrecRun.of("first stage", before));
    }

    /** The same for a folder. */
    public static Validation read(BeirFolder folder, int depth, int queries, int relevantFrom, long seed)
            throws IOException {
        return read(
                folder.corpus(), folder.queries(), folder.qrels(), folder.run(), depth, queries, relevantFrom, seed);
    }

    /** How many queries are ranked. */
    public int queries() {
        return lists.size();
    }

    /** What the first stage's own order is worth. */
    public Evaluation firstStage() {
        return Evaluation.of(qrels, firstStage, options, MEASURES);
    }

    /** What a model's order is worth. */
    public Evaluation evaluate(ListScorer scorer) {
        return evaluate(rerank(scorer, done -> {}));
    }

    /** What a ranking of the same queries is worth. */
    public Evaluation evaluate(TrecRun run) {
        return Evaluation.of(qrels, run, options, MEASURES);
    }

    /**
     * Reranks the candidates.
     *
     * @param progress is told the number of queries done, now and then
     */
    public TrecRun rerank(ListScorer scorer, LongConsumer progress) {
        return rerank(lists, scorer, progress);
    }

    /** The same for any lists whose queries have ids. */
    public static TrecRun rerank(List<CandidateList> lists, ListScorer scorer, LongConsumer progress) {
        Map<String, List<TrecRun.Entry>> rankings = new LinkedHashMap<>();
        for (int from = 0; from < lists.size(); from += LISTS_AT_ONCE) {
            List<CandidateList> some = lists.subList(from, Math.min(lists.size(), from + LISTS_AT_ONCE));
            List<float[]> scores =
                    scorer.score(some.stream().map(Validation::unscored).toList());
            for (int i = 0; i < some.size(); i++) {
                rankings.put(id(some.get(i)), entries(some.get(i), scores.get(i)));
            }
            progress.accept(rankings.size());
        }
        return TrecRun.of("streamrank", rankings);
    }

    /** Means by measure, as {@link RunMetrics#validation} takes them. */
    public static Map<String, Double> means(Evaluation evaluation) {
        Map<String, Double> means = new LinkedHashMap<>();
        evaluation.measures().forEach(measure -> means.put(measure, evaluation.mean(measure)));
        return means;
    }

    private static Unscored unscored(CandidateList list) {
        return new Unscored(
                list.query().text(),
                list.candidates().stream().map(Candidate::text).toList());
    }

    private static List<TrecRun.Entry> entries(CandidateList list, float[] scores) {
        List<TrecRun.Entry> entries = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            entries.add(new TrecRun.Entry(list.candidates().get(i).id(), scores[i]));
        }
        return entries;
    }

    private static String id(CandidateList list) {
        return requireNonNull(list.query().id(), "a run's query has an id");
    }
}
