package io.streamrank.cli;

import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.replay.Evaluation;
import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import io.streamrank.replay.Qrels;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.TrecRun;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the demo shows at its end: speed, one list to look at, and quality before and after. */
final class DemoReport {
    private static final Measure NDCG = RankingMeasures.ndcgCut(10);
    private static final Measure MRR = RankingMeasures.recipRank(10);

    private final Terminal terminal;
    private final TrecRun before;
    private final Qrels qrels;

    DemoReport(Terminal terminal, TrecRun before, Qrels qrels) {
        this.terminal = terminal;
        this.before = before;
        this.qrels = qrels;
    }

    void print(Map<String, RerankRequest> requests, Map<String, Ranking> rankings, DemoTally tally) {
        terminal.line(
                "  ranked   %,d lists, %,d pairs, %,d tokens in %.1f s: @|bold %.0f pairs/s|@",
                rankings.size(), tally.pairs(), tally.tokens(), tally.busy().toMillis() / 1e3, tally.pairsPerSecond());
        if (rankings.isEmpty()) {
            return;
        }
        terminal.line("");
        new DemoExample(terminal, qrels).print(requests, rankings.values());
        terminal.line("");
        if (Collections.disjoint(rankings.keySet(), qrels.queries())) {
            terminal.line("None of these queries has judgments to measure with.");
        } else {
            printQuality(rankings);
        }
    }

    private void printQuality(Map<String, Ranking> rankings) {
        Map<String, List<TrecRun.Entry>> bm25 =
                rankings.keySet().stream().collect(Collectors.toMap(query -> query, before::ranking));
        Map<String, List<TrecRun.Entry>> reranked = new HashMap<>();
        rankings.forEach((query, ranking) -> reranked.put(query, entries(ranking)));
        Evaluation was = evaluate(TrecRun.of("bm25", bm25));
        Evaluation is = evaluate(TrecRun.of("reranked", reranked));
        terminal.line(
                "@|bold %-32s|@ %9s %9s",
                "Quality over %,d queries".formatted(was.queries().size()), "nDCG@10", "MRR@10");
        terminal.line("  %-30s %9.4f %9.4f", "BM25, as sent", was.mean(NDCG.name()), was.mean(MRR.name()));
        terminal.line("  @|bold %-30s %9.4f %9.4f|@", "reranked", is.mean(NDCG.name()), is.mean(MRR.name()));
        terminal.line("  (1 is perfect: the relevant passage first in every list)");
    }

    private Evaluation evaluate(TrecRun run) {
        return Evaluation.of(qrels, run, EvaluationOptions.DEFAULT, List.of(NDCG, MRR));
    }

    private static List<TrecRun.Entry> entries(Ranking ranking) {
        return ranking.candidates().stream()
                .map(candidate -> new TrecRun.Entry(candidate.id(), candidate.score()))
                .toList();
    }
}
