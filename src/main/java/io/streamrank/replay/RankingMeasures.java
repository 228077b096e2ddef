package io.streamrank.replay;

import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The ranking measures, defined as trec_eval defines them. Where a formula would divide by a query's missing relevant
 * documents, the value is 0. Cuts are at least 1.
 */
public final class RankingMeasures {
    private static final int UNCUT = Integer.MAX_VALUE;
    private static final Pattern CUT_NAME = Pattern.compile("(.+)_([1-9][0-9]{0,8})");

    private RankingMeasures() {}

    /** {@code ndcg}: normalized discounted cumulative gain of the whole ranking. */
    public static Measure ndcg() {
        return new Measure("ndcg", ranking -> ndcg(ranking, UNCUT));
    }

    /**
     * {@code ndcg_cut_k}: the sum of grade / log2(rank + 1) over the first k ranks, divided by the same of the best
     * ranking of all judged documents (Järvelin and Kekäläinen, 2002, with linear gain). Negative grades count 0.
     */
    public static Measure ndcgCut(int k) {
        return cut("ndcg_cut", k, ranking -> ndcg(ranking, k));
    }

    /** {@code ndcg_exp}: as {@code ndcg}, with exponential gain. */
    public static Measure ndcgExponential() {
        return new Measure("ndcg_exp", ranking -> ndcg(ranking, UNCUT, RankingMeasures::exponential));
    }

    /**
     * {@code ndcg_exp_cut_k}: as {@code ndcg_cut_k}, but a grade is worth 2^grade - 1 (Burges et al., 2005), as search
     * engines and learning to rank have it. Not one of trec_eval's; equal to it where all grades are 0 or 1.
     */
    public static Measure ndcgExponentialCut(int k) {
        return cut("ndcg_exp_cut", k, ranking -> ndcg(ranking, k, RankingMeasures::exponential));
    }

    /** {@code recip_rank}: 1 / rank of the first relevant document, 0 if none was retrieved. Its mean is MRR. */
    public static Measure recipRank() {
        return new Measure("recip_rank", ranking -> recipRank(ranking, UNCUT));
    }

    /** {@code recip_rank_cut_k}: the same, but 0 if the first k are all irrelevant. Its mean is MRR@k. */
    public static Measure recipRank(int k) {
        return cut("recip_rank_cut", k, ranking -> recipRank(ranking, k));
    }

    /** {@code P_k}: the share of relevant documents in the first k ranks, empty ranks included. */
    public static Measure precision(int k) {
        return cut("P", k, ranking -> (double) ranking.relevantWithin(k) / k);
    }

    /** {@code recall_k}: the share of all relevant documents that stand in the first k ranks. */
    public static Measure recall(int k) {
        return cut("recall", k, ranking -> ofRelevant(ranking, ranking.relevantWithin(k)));
    }

    /** {@code success_k}: 1 if one of the first k is relevant. */
    public static Measure success(int k) {
        return cut("success", k, ranking -> ranking.relevantWithin(k) > 0 ? 1 : 0);
    }

    /** {@code map}: the precision at each relevant document retrieved, summed, by the number of all relevant ones. */
    public static Measure averagePrecision() {
        return new Measure("map", ranking -> averagePrecision(ranking, UNCUT));
    }

    /** {@code map_cut_k}: the same over the first k ranks. */
    public static Measure averagePrecision(int k) {
        return cut("map_cut", k, ranking -> averagePrecision(ranking, k));
    }

    /** {@code Rprec}: the precision at the rank that equals the number of relevant documents. */
    public static Measure rPrecision() {
        return new Measure("Rprec", ranking -> ofRelevant(ranking, ranking.relevantWithin(ranking.relevant())));
    }

    /**
     * {@code bpref}: how often relevant documents stand before judged irrelevant ones; unjudged ones don't count
     * (Buckley and Voorhees, 2004).
     */
    public static Measure bpref() {
        return new Measure("bpref", RankingMeasures::bpref);
    }

    /** {@code judged_k}: the share of the first k documents retrieved that have a judgment; not one of trec_eval's. */
    public static Measure judged(int k) {
        return cut("judged", k, ranking -> ranking.judgedWithin(k));
    }

    /**
     * The measure of a name, such as {@code ndcg_cut_10}, {@code recip_rank} or {@code P_5}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Measure named(String name) {
        return switch (name) {
            case "ndcg" -> ndcg();
            case "ndcg_exp" -> ndcgExponential();
            case "recip_rank" -> recipRank();
            case "map" -> averagePrecision();
            case "Rprec" -> rPrecision();
            case "bpref" -> bpref();
            default -> cutNamed(name);
        };
    }

    /** Whether a measure counts grades exponentially, by its name. */
    static boolean isExponential(String name) {
        return name.equals("ndcg_exp") || name.startsWith("ndcg_exp_cut_");
    }

    private static Measure cutNamed(String name) {
        Matcher parts = CUT_NAME.matcher(name);
        if (!parts.matches()) {
            throw unknown(name);
        }
        IntFunction<Measure> family = switch (parts.group(1)) {
            case "ndcg_cut" -> RankingMeasures::ndcgCut;
            case "ndcg_exp_cut" -> RankingMeasures::ndcgExponentialCut;
            case "recip_rank_cut" -> RankingMeasures::recipRank;
            case "P" -> RankingMeasures::precision;
            case "recall" -> RankingMeasures::recall;
            case "success" -> RankingMeasures::success;
            case "map_cut" -> RankingMeasures::averagePrecision;
            case "judged" -> RankingMeasures::judged;
            default -> throw unknown(name);
        };
        return family.apply(Integer.parseInt(parts.group(2)));
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("unknown measure '" + name + "'; known are ndcg, recip_rank, map, Rprec,"
                + " bpref, ndcg_exp, and with a cut k: ndcg_cut_k, recip_rank_cut_k, P_k, recall_k, success_k,"
                + " map_cut_k, judged_k, ndcg_exp_cut_k");
    }

    private static Measure cut(String family, int k, ToDoubleFunction<JudgedRanking> formula) {
        if (k < 1) {
            throw new IllegalArgumentException(family + " needs a cut of at least 1, not " + k);
        }
        return new Measure(family + "_" + k, formula);
    }

    private static double ndcg(JudgedRanking ranking, int k) {
        return ndcg(ranking, k, grade -> grade);
    }

    private static double ndcg(JudgedRanking ranking, int k, IntToDoubleFunction worth) {
        double ideal =
                discounted(Math.min(k, ranking.idealLength()), rank -> worth.applyAsDouble(ranking.idealGain(rank)));
        return ideal == 0
                ? 0
                : discounted(Math.min(k, ranking.retrieved()), rank -> worth.applyAsDouble(ranking.gain(rank))) / ideal;
    }

    private static double exponential(int grade) {
        return Math.pow(2, grade) - 1;
    }

    private static double discounted(int ranks, IntToDoubleFunction gain) {
        return IntStream.rangeClosed(1, ranks)
                .mapToDouble(rank -> gain.applyAsDouble(rank) * Math.log(2) / Math.log(rank + 1.0))
                .sum();
    }

    private static double recipRank(JudgedRanking ranking, int k) {
        return IntStream.rangeClosed(1, Math.min(k, ranking.retrieved()))
                .filter(ranking::isRelevant)
                .mapToDouble(rank -> 1.0 / rank)
                .findFirst()
                .orElse(0);
    }

    private static double averagePrecision(JudgedRanking ranking, int k) {
        int relevant = 0;
        double sum = 0;
        for (int rank = 1; rank <= Math.min(k, ranking.retrieved()); rank++) {
            if (ranking.isRelevant(rank)) {
                sum += (double) ++relevant / rank;
            }
        }
        return ofRelevant(ranking, sum);
    }

    private static double bpref(JudgedRanking ranking) {
        int compared = Math.min(ranking.judgedIrrelevant(), ranking.relevant());
        int irrelevant = 0;
        double sum = 0;
        for (int rank = 1; rank <= ranking.retrieved(); rank++) {
            if (ranking.isRelevant(rank)) {
                sum += irrelevant == 0 ? 1 : 1 - (double) Math.min(irrelevant, compared) / compared;
            } else if (ranking.isJudged(rank)) {
                irrelevant++;
            }
        }
        return ofRelevant(ranking, sum);
    }

    private static double ofRelevant(JudgedRanking ranking, double sum) {
        return ranking.relevant() == 0 ? 0 : sum / ranking.relevant();
    }
}
