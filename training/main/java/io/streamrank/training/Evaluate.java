package io.streamrank.training;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.contract.Candidate;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Says how well a checkpoint ranks: reranks a first stage's run with the worker's own model code, without Kafka, and
 * compares both by trec_eval's measures.
 */
@Command(
        name = "evaluate",
        description = "Rerank a TREC run with a checkpoint and measure both.",
        mixinStandardHelpOptions = true)
final class Evaluate implements Callable<Integer> {
    private static final List<Measure> MEASURES =
            List.of(RankingMeasures.ndcgCut(10), RankingMeasures.recipRank(10), RankingMeasures.averagePrecision());

    @Option(names = "--model", paramLabel = "FOLDER", required = true, description = "The checkpoint.")
    private Path model = Path.of("");

    @Option(names = "--corpus", paramLabel = "FILE", required = true, description = "corpus.jsonl, .gz too.")
    private Path corpus = Path.of("");

    @Option(names = "--queries", paramLabel = "FILE", required = true, description = "queries .tsv or .jsonl.")
    private Path queries = Path.of("");

    @Option(names = "--run", paramLabel = "FILE", required = true, description = "The first stage's TREC run.")
    private Path run = Path.of("");

    @Option(names = "--qrels", paramLabel = "FILE", required = true, description = "The judgments.")
    private Path qrels = Path.of("");

    @Option(names = "--depth", defaultValue = "100", description = "Candidates a query (default: ${DEFAULT-VALUE}).")
    private int depth;

    @Option(names = "--limit", description = "Only the first N queries of the run.")
    private @Nullable Integer limit;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu, gpu (default: ${DEFAULT-VALUE}).")
    private String device = "auto";

    @Option(names = "--dtype", defaultValue = "auto", description = "auto, float32, bfloat16.")
    private String dtype = "auto";

    @Option(names = "--batch-tokens", defaultValue = "4096", description = "Tokens of a forward pass.")
    private int batchTokens;

    @Option(names = "--output", paramLabel = "FILE", description = "Write the reranked run here, for trec_eval.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        CandidateLists lists = CandidateLists.read(corpus, queries, run, depth);
        Map<String, List<TrecRun.Entry>> before = new LinkedHashMap<>();
        Map<String, List<TrecRun.Entry>> after = new LinkedHashMap<>();
        long start = System.nanoTime();
        int pairs = 0;
        try (Reranker reranker = Rerankers.load(
                model, "evaluated", ModelSettings.defaults().withDevice(device).withDtype(dtype))) {
            List<CandidateList> chosen = StreamSupport.stream(lists.spliterator(), false)
                    .limit(limit == null ? Long.MAX_VALUE : limit)
                    .toList();
            for (CandidateList list : chosen) {
                String query = String.valueOf(list.query().id());
                before.put(query, lists.run().ranking(query));
                after.put(query, rerank(reranker, list));
                pairs += list.candidates().size();
                if (after.size() % 20 == 0) {
                    System.err.printf(
                            "%d of %d queries, %.0f pairs/s%n",
                            after.size(), chosen.size(), pairs * 1e9 / (System.nanoTime() - start));
                }
            }
        }
        TrecRun reranked = TrecRun.of("streamrank", after);
        if (output != null) {
            reranked.write(output);
        }
        print(TrecRun.of("first stage", before), reranked);
        return 0;
    }

    private List<TrecRun.Entry> rerank(Reranker reranker, CandidateList list) {
        List<Candidate> candidates = list.candidates();
        List<EncodedPair> pairs = reranker.encode(
                list.query().text(), candidates.stream().map(Candidate::text).toList());
        int[] lengths = pairs.stream().mapToInt(EncodedPair::tokens).toArray();
        List<TrecRun.Entry> entries = new ArrayList<>();
        for (PlannedBatch batch :
                BatchPlanner.plan(lengths, new BatchPolicy(batchTokens, BatchPolicy.DEFAULT_BATCH_PAIRS))) {
            float[] scores =
                    reranker.score(batch.pairs().stream().map(pairs::get).toList());
            for (int i = 0; i < scores.length; i++) {
                entries.add(
                        new TrecRun.Entry(candidates.get(batch.pairs().get(i)).id(), scores[i]));
            }
        }
        return entries;
    }

    private void print(TrecRun before, TrecRun after) throws IOException {
        Qrels judgments = Qrels.read(qrels);
        Evaluation was = Evaluation.of(judgments, before, EvaluationOptions.DEFAULT, MEASURES);
        Evaluation is = Evaluation.of(judgments, after, EvaluationOptions.DEFAULT, MEASURES);
        System.out.printf(
                "%-16s %12s %12s   (%d queries)%n",
                "", "first stage", "reranked", is.queries().size());
        for (Measure measure : MEASURES) {
            System.out.printf(
                    "%-16s %12.4f %12.4f%n", measure.name(), was.mean(measure.name()), is.mean(measure.name()));
        }
    }
}
