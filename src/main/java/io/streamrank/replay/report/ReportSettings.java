package io.streamrank.replay.report;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.UnjudgedPolicy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a report says, and by which rules.
 *
 * @param measures names of {@link RankingMeasures}; the first is the one that plots and examples are about
 * @param everyJudgedQuery whether a judged query that the replay lacks counts as 0, for everybody ({@code -c})
 * @param relevantFrom the lowest grade that binary measures take for relevant ({@code -l})
 * @param maxDocuments how many documents of a ranking are looked at ({@code -M})
 * @param unjudged what documents without a judgment count as
 * @param baseline whom the others are compared with; null for the live ranking, where there is none the first model, or
 *     the first stage where there is only one
 * @param topK how many first ranks {@code overlap} looks at
 * @param rboP the patience of rank-biased overlap
 * @param resamples of tests and intervals
 * @param seed of tests and intervals
 * @param examples how many queries are shown of each kind
 * @param conditions what must not hold, see {@link FailCondition}
 * @param maxLists the most lists that are taken in
 * @param maxScores the most judged scores of a grade and model that quantiles are drawn from
 * @param preset the name of the preset these come from; null if from none
 */
public record ReportSettings(
        List<String> measures,
        boolean everyJudgedQuery,
        int relevantFrom,
        int maxDocuments,
        UnjudgedPolicy unjudged,
        @Nullable String baseline,
        int topK,
        double rboP,
        int resamples,
        long seed,
        int examples,
        List<FailCondition> conditions,
        int maxLists,
        int maxScores,
        @Nullable String preset) {
    /** What is measured unless something else is asked for. */
    public static final List<String> MEASURES =
            List.of("ndcg_cut_10", "recip_rank_cut_10", "map", "P_10", "recall_10", "judged_10");

    public ReportSettings {
        measures = List.copyOf(measures);
        conditions = List.copyOf(conditions);
        if (measures.isEmpty()) {
            throw new IllegalArgumentException("at least one measure is needed");
        }
        measures.forEach(RankingMeasures::named);
        if (!(rboP > 0 && rboP < 1)) {
            throw new IllegalArgumentException("rank-biased overlap's p must lie between 0 and 1, not be " + rboP);
        }
        if (topK < 1 || resamples < 1 || maxLists < 1 || maxScores < 1 || examples < 0) {
            throw new IllegalArgumentException("top-k, resamples and the limits must be at least 1");
        }
    }

    /** The measures to show, and after them those that conditions need. */
    public List<String> allMeasures() {
        Set<String> all = new LinkedHashSet<>(measures);
        conditions.forEach(condition -> all.addAll(condition.measures()));
        return List.copyOf(all);
    }

    /** How rankings are held to judgments. */
    public EvaluationOptions evaluation() {
        return new EvaluationOptions(
                everyJudgedQuery, relevantFrom, maxDocuments, unjudged == UnjudgedPolicy.CONDENSED);
    }
}
