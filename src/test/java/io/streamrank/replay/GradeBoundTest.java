package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradeBoundTest {
    private static final List<TrecRun.Entry> RANKING = List.of(new TrecRun.Entry("d1", 2), new TrecRun.Entry("d2", 1));

    private static Qrels judged(int grade) {
        return Qrels.of(Map.of("q1", Map.of("d1", 1, "d2", grade)));
    }

    @Test
    void exponentialGainRefusesWhatHasNoSumAndNamesIt() {
        GradeBound bound = GradeBound.of(List.of("map", "ndcg_exp_cut_10"));

        assertThatThrownBy(() -> bound.require(judged(1_024), "qrels.trec"))
                .hasMessage("qrels.trec: query q1, document d2 has grade 1024, but ndcg_exp_cut_10 counts a grade g as"
                        + " 2^g - 1 and takes at most 1000; expected smaller grades, or measures without exp, such as"
                        + " ndcg_cut_10");
        assertThatCode(() -> bound.require(judged(1_000), "qrels.trec")).doesNotThrowAnyException();
    }

    @Test
    void theGreatestGradeHasAValue() {
        JudgedRanking ranking = JudgedRanking.of(RANKING, Map.of("d1", 1_000, "d2", 1_000), EvaluationOptions.DEFAULT);

        assertThat(RankingMeasures.ndcgExponential().of(ranking)).isEqualTo(1);
    }

    @Test
    void otherMeasuresTakeAnyGrade() {
        assertThatCode(() -> GradeBound.of(List.of("ndcg_cut_10", "map")).require(judged(5_000), "qrels.trec"))
                .doesNotThrowAnyException();
    }
}
