package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.replay.TrecRun.Entry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What trec_eval's recorded outputs leave open; {@link TrecEvalTest} holds the rest. */
class RankingMeasuresTest {
    private static final TrecRun RUN = TrecRun.of(
            "t", Map.of("q", List.of(new Entry("a", 4), new Entry("b", 3), new Entry("c", 2), new Entry("d", 1))));

    @Test
    void ndcgFollowsItsFormula() {
        Qrels qrels = Qrels.of(Map.of("q", Map.of("b", 1, "c", -1, "d", 3, "elsewhere", 2)));

        double dcg = 1 / log2(3) + 3 / log2(5);
        double ideal = 3 / log2(2) + 2 / log2(3) + 1 / log2(4);
        assertThat(mean(qrels, RankingMeasures.ndcg())).isCloseTo(dcg / ideal, within(1e-12));
        assertThat(mean(qrels, RankingMeasures.ndcgCut(2))).isCloseTo(1 / log2(3) / (3 + 2 / log2(3)), within(1e-12));
    }

    @Test
    void exponentialGainMakesMoreOfHighGrades() {
        Qrels qrels = Qrels.of(Map.of("q", Map.of("b", 1, "c", -1, "d", 3, "elsewhere", 2)));
        Qrels binary = Qrels.of(Map.of("q", Map.of("b", 1, "d", 1, "elsewhere", 0)));

        double dcg = 1 / log2(3) + 7 / log2(5);
        double ideal = 7 / log2(2) + 3 / log2(3) + 1 / log2(4);
        assertThat(mean(qrels, RankingMeasures.ndcgExponential())).isCloseTo(dcg / ideal, within(1e-12));
        assertThat(mean(qrels, RankingMeasures.ndcgExponentialCut(2)))
                .isCloseTo(1 / log2(3) / (7 + 3 / log2(3)), within(1e-12));
        assertThat(mean(binary, RankingMeasures.ndcgExponentialCut(3)))
                .isEqualTo(mean(binary, RankingMeasures.ndcgCut(3)));
    }

    @Test
    void judgedCountsJudgmentsOfAnyGrade() {
        Qrels qrels = Qrels.of(Map.of("q", Map.of("a", 0, "c", 2, "d", -1)));

        assertThat(mean(qrels, RankingMeasures.judged(2))).isEqualTo(0.5);
        assertThat(mean(qrels, RankingMeasures.judged(10))).isEqualTo(0.5);
    }

    @Test
    void everyMeasureIsZeroWhereNothingIsRelevant() {
        Qrels qrels = Qrels.of(Map.of("q", Map.of("a", 0, "c", -1)));

        for (String name : List.of("ndcg", "ndcg_cut_10", "recip_rank", "map", "recall_5", "P_5", "Rprec", "bpref")) {
            assertThat(mean(qrels, RankingMeasures.named(name))).as(name).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ndcg_cut_10",
                "recip_rank_cut_10",
                "P_1",
                "recall_100",
                "success_5",
                "map_cut_3",
                "judged_2",
                "ndcg_exp_cut_10"
            })
    void namesMeasuresAsTheyAreAskedFor(String name) {
        assertThat(RankingMeasures.named(name).name()).isEqualTo(name);
    }

    @Test
    void judgedIsOfTheRankingBeforeItIsCondensed() {
        JudgedRanking condensed =
                JudgedRanking.of(RUN.ranking("q"), Map.of("b", 1), EvaluationOptions.DEFAULT.withJudgedOnly());

        assertThat(condensed.retrieved()).isEqualTo(1);
        assertThat(RankingMeasures.judged(2).of(condensed)).isEqualTo(0.5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nDCG@10", "ndcg_cut_0", "ndcg_10", "P", ""})
    void refusesUnknownNames(String name) {
        assertThatThrownBy(() -> RankingMeasures.named(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("unknown measure '" + name + "'; known are ndcg, recip_rank");
    }

    @Test
    void refusesACutOfNothing() {
        assertThatThrownBy(() -> RankingMeasures.ndcgCut(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ndcg_cut needs a cut of at least 1, not 0");
    }

    @Test
    void refusesARunWithoutAnyJudgedQuery() {
        Qrels qrels = Qrels.of(Map.of("other", Map.of("a", 1)));

        assertThatThrownBy(() -> mean(qrels, RankingMeasures.ndcg()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("none of the run's 1 queries (q) is among the 1 judged ones (other)");
    }

    @Test
    void countsAJudgedQueryThatTheRunLacksIfAsked() {
        Qrels qrels = Qrels.of(Map.of("q", Map.of("a", 1), "lacking", Map.of("a", 1)));

        Evaluation evaluation = Evaluation.of(
                qrels, RUN, EvaluationOptions.DEFAULT.withEveryJudgedQuery(), List.of(RankingMeasures.recipRank()));

        assertThat(evaluation.queries()).containsExactly("q", "lacking");
        assertThat(evaluation.byQuery("recip_rank")).isEqualTo(Map.of("q", 1.0, "lacking", 0.0));
        assertThat(evaluation.mean("recip_rank")).isEqualTo(0.5);
    }

    private static double mean(Qrels qrels, Measure measure) {
        return Evaluation.of(qrels, RUN, EvaluationOptions.DEFAULT, List.of(measure))
                .mean(measure.name());
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }
}
