package io.streamrank.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.QueryPair;
import io.streamrank.replay.RankCorrelation;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;

/**
 * How far two models agree on pairs. A correlation is NaN where there is no order to agree on.
 *
 * @param pairs how many pairs there were
 * @param queries how many queries had two documents or more, which alone have an order
 * @param spearman over all pairs
 * @param kendall over all pairs
 * @param querySpearman the mean over the queries
 * @param queryKendall the mean over the queries
 * @param sameTop how many of the queries have the same best document
 * @param furthest the pair whose scores are furthest apart
 */
record Comparison(
        int pairs,
        int queries,
        double spearman,
        double kendall,
        double querySpearman,
        double queryKendall,
        int sameTop,
        Change furthest) {
    private static final int EXCERPT = 60;

    /** A pair's two scores; pairs count from 1. */
    record Change(int pair, String query, double first, double second) {
        double size() {
            return Math.abs(first - second);
        }
    }

    static Comparison of(List<QueryPair> pairs, PairScores first, PairScores second) {
        double[] a = first.scores();
        double[] b = second.scores();
        Collection<List<Integer>> lists = PairScores.byQuery(pairs).values().stream()
                .filter(list -> list.size() > 1)
                .toList();
        int furthest = 0;
        for (int i = 1; i < a.length; i++) {
            furthest = Math.abs(a[i] - b[i]) > Math.abs(a[furthest] - b[furthest]) ? i : furthest;
        }
        return new Comparison(
                a.length,
                lists.size(),
                RankCorrelation.spearman(a, b),
                RankCorrelation.kendall(a, b),
                mean(lists, a, b, RankCorrelation::spearman),
                mean(lists, a, b, RankCorrelation::kendall),
                (int) lists.stream()
                        .filter(list -> best(list, a) == best(list, b))
                        .count(),
                new Change(furthest + 1, pairs.get(furthest).query(), a[furthest], b[furthest]));
    }

    private static double mean(
            Collection<List<Integer>> lists, double[] a, double[] b, ToDoubleBiFunction<double[], double[]> measure) {
        return lists.stream()
                .mapToDouble(list -> measure.applyAsDouble(part(list, a), part(list, b)))
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    private static double[] part(List<Integer> list, double[] scores) {
        return list.stream().mapToDouble(i -> scores[i]).toArray();
    }

    /** Of equal scores the first, as in a ranking. */
    private static int best(List<Integer> list, double[] scores) {
        int best = list.get(0);
        for (int i : list) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    void print(ModelsReport report) {
        report.field("all", "Spearman %s, Kendall %s over %,d pairs", text(spearman), text(kendall), pairs);
        report.field(
                "by query",
                "Spearman %s, Kendall %s, mean over %,d queries",
                text(querySpearman),
                text(queryKendall),
                queries);
        report.field("best", "the same document in %,d of %,d queries", sameTop, queries);
        report.field(
                "furthest",
                "pair %,d, by %.4g: %.6f and %.6f: %s",
                furthest.pair(),
                furthest.size(),
                furthest.first(),
                furthest.second(),
                Excerpt.of(furthest.query(), furthest.query(), EXCERPT));
    }

    private static String text(double correlation) {
        return Double.isNaN(correlation) ? "undefined" : String.format(Locale.ROOT, "%.4f", correlation);
    }

    void put(ObjectNode node) {
        node.put("pairs", pairs).put("queries", queries);
        put(node, "spearman", spearman);
        put(node, "kendall", kendall);
        put(node, "querySpearman", querySpearman);
        put(node, "queryKendall", queryKendall);
        node.put("sameTop", sameTop);
        node.putObject("furthest")
                .put("pair", furthest.pair())
                .put("a", furthest.first())
                .put("b", furthest.second())
                .put("distance", furthest.size());
    }

    /** JSON has no NaN. */
    private static void put(ObjectNode node, String name, double correlation) {
        if (Double.isNaN(correlation)) {
            node.putNull(name);
        } else {
            node.put(name, correlation);
        }
    }
}
