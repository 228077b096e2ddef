package io.streamrank.training;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.TrecRun;
import io.streamrank.training.data.ListScorer;
import io.streamrank.training.run.ProgressLine;
import io.streamrank.training.run.Validation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
        Qrels judgments = Qrels.read(qrels);
        CandidateLists all = CandidateLists.read(corpus, queries, run, depth);
        List<CandidateList> lists = StreamSupport.stream(all.spliterator(), false)
                .limit(limit == null ? Long.MAX_VALUE : limit)
                .toList();
        Map<String, List<TrecRun.Entry>> before = new LinkedHashMap<>();
        for (CandidateList list : lists) {
            String query = String.valueOf(list.query().id());
            before.put(query, all.run().ranking(query));
        }
        TrecRun reranked = rerank(lists);
        if (output != null) {
            reranked.write(output);
        }
        print(judgments, TrecRun.of("first stage", before), reranked);
        return 0;
    }

    private TrecRun rerank(List<CandidateList> lists) {
        try (OrderlyEnd end = new OrderlyEnd();
                Reranker reranker = Rerankers.load(
                        model,
                        "evaluated",
                        ModelSettings.defaults().withDevice(device).withDtype(dtype))) {
            BatchPolicy policy = new BatchPolicy(batchTokens, BatchPolicy.DEFAULT_BATCH_PAIRS);
            System.err.printf(
                    Locale.ROOT,
                    "%s on %s in %s: %,d queries%n",
                    reranker.model().family(),
                    reranker.device(),
                    reranker.dtype(),
                    lists.size());
            ProgressLine progress = ProgressLine.of(lists.size(), "queries");
            progress.begin(0);
            return Validation.rerank(lists, end.guarded(ListScorer.of(reranker, policy)), progress::done);
        }
    }

    private static void print(Qrels judgments, TrecRun before, TrecRun after) {
        Evaluation was = Evaluation.of(judgments, before, EvaluationOptions.DEFAULT, Validation.MEASURES);
        Evaluation is = Evaluation.of(judgments, after, EvaluationOptions.DEFAULT, Validation.MEASURES);
        System.out.printf(
                "%-16s %12s %12s   (%d queries)%n",
                "", "first stage", "reranked", is.queries().size());
        for (Measure measure : Validation.MEASURES) {
            System.out.printf(
                    "%-16s %12.4f %12.4f%n", measure.name(), was.mean(measure.name()), is.mean(measure.name()));
        }
    }
}
