package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the demo shows at its end: speed, quality before and after, and one query to look at. */
final class DemoReport {
    private static final Measure NDCG = RankingMeasures.ndcgCut(10);
    private static final Measure MRR = RankingMeasures.recipRank(10);
    private static final int SHOWN = 3;
    private static final int SNIPPET = 88;

    private final Terminal terminal;
    private final TrecRun before;
    private final Qrels qrels;

    DemoReport(Terminal terminal, TrecRun before, Path qrels) throws IOException {
        this.terminal = terminal;
        this.before = before;
        this.qrels = Qrels.read(qrels);
    }

    void print(Map<String, RerankRequest> requests, Map<String, Ranking> rankings, DemoWorker worker) {
        terminal.line(
                "  ranked   %,d queries, %,d pairs, %,d tokens in %.1f s: @|bold %.0f pairs/s|@",
                rankings.size(),
                worker.pairs(),
                worker.tokens(),
                worker.busy().toMillis() / 1e3,
                worker.pairsPerSecond());
        terminal.line("");
        printExample(requests, rankings);
        printQuality(rankings);
    }

    private void printQuality(Map<String, Ranking> rankings) {
        Map<String, List<TrecRun.Entry>> bm25 =
                rankings.keySet().stream().collect(Collectors.toMap(query -> query, before::ranking));
        Map<String, List<TrecRun.Entry>> reranked = new HashMap<>();
        rankings.forEach((query, ranking) -> reranked.put(query, entries(ranking)));
        Evaluation was = evaluate(TrecRun.of("bm25", bm25));
        Evaluation is = evaluate(TrecRun.of("reranked", reranked));
        terminal.line("  %-12s %9s %9s", "", "nDCG@10", "MRR@10");
        terminal.line("  %-12s %9.4f %9.4f", "BM25", was.mean(NDCG.name()), was.mean(MRR.name()));
        terminal.line("  @|bold %-12s %9.4f %9.4f|@", "reranked", is.mean(NDCG.name()), is.mean(MRR.name()));
    }

    private Evaluation evaluate(TrecRun run) {
        return Evaluation.of(qrels, run, EvaluationOptions.DEFAULT, List.of(NDCG, MRR));
    }

    private static List<TrecRun.Entry> entries(Ranking ranking) {
        return ranking.candidates().stream()
                .map(candidate -> new TrecRun.Entry(candidate.id(), candidate.score()))
                .toList();
    }

    /** The query whose first relevant document rose most. */
    private void printExample(Map<String, RerankRequest> requests, Map<String, Ranking> rankings) {
        ToIntFunction<Ranking> rise = ranking -> ranking.candidates().stream()
                .filter(candidate -> isRelevant(ranking, candidate.id()))
                .findFirst()
                .map(candidate -> candidate.previousRank() - candidate.rank())
                .orElse(0);
        Ranking ranking = rankings.values().stream()
                .max(Comparator.comparingInt(rise).thenComparing(Ranking::requestId))
                .orElseThrow();
        RerankRequest request = requireNonNull(requests.get(ranking.requestId()));
        Map<String, String> texts =
                request.candidates().stream().collect(Collectors.toMap(Candidate::id, Candidate::text));

        terminal.line("  @|bold For example|@, %s:", ranking.requestId());
        terminal.raw("    \"" + request.query().text() + "\"");
        terminal.line("    BM25");
        IntStream.range(0, Math.min(SHOWN, request.candidates().size())).forEach(index -> {
            Candidate candidate = request.candidates().get(index);
            printCandidate(ranking, index + 1, "", candidate.id(), candidate.text());
        });
        terminal.line("    reranked");
        for (RankedCandidate candidate : ranking.candidates()
                .subList(0, Math.min(SHOWN, request.candidates().size()))) {
            String was = "was " + candidate.previousRank();
            printCandidate(ranking, candidate.rank(), was, candidate.id(), requireNonNull(texts.get(candidate.id())));
        }
        terminal.line("    (* judged relevant)");
        terminal.line("");
    }

    private void printCandidate(Ranking ranking, int rank, String was, String id, String text) {
        String snippet = text.length() <= SNIPPET ? text : text.substring(0, SNIPPET) + "…";
        terminal.raw(String.format(
                "    %s %2d %-7s %s", isRelevant(ranking, id) ? "*" : " ", rank, was, snippet.replace('\n', ' ')));
    }

    private boolean isRelevant(Ranking ranking, String documentId) {
        return qrels.judgments(requireNonNull(ranking.queryId())).getOrDefault(documentId, 0) > 0;
    }
}
