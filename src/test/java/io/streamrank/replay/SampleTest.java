package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.contract.Candidate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed sample is whole, and worth what its README says. */
class SampleTest {
    private static final BeirFolder SAMPLE = new BeirFolder(Path.of("samples/squad11-dev"), null);

    @Test
    void bm25IsWorthWhatTheReadmeSays() throws IOException {
        Evaluation bm25 = Evaluation.of(
                Qrels.read(SAMPLE.qrels()),
                TrecRun.read(SAMPLE.run()),
                EvaluationOptions.DEFAULT,
                List.of(RankingMeasures.ndcgCut(10), RankingMeasures.recall(20)));

        assertThat(bm25.queries()).hasSize(200);
        assertThat(bm25.mean("ndcg_cut_10")).isCloseTo(0.8781, within(0.00005));
        assertThat(bm25.mean("recall_20")).isEqualTo(195 / 200.0);
    }

    @Test
    void everyListHasItsTextsAndTheFilesOrder() throws IOException {
        List<CandidateList> lists = new ArrayList<>();
        CandidateLists.read(SAMPLE, 20).forEach(lists::add);

        assertThat(lists)
                .hasSize(200)
                .allSatisfy(list -> assertThat(list.candidates()).hasSize(20));
        assertThat(lists.get(0).query().id()).isEqualTo("devq0");
        assertThat(lists.get(0).query().text()).isEqualTo("When did the 1973 oil crisis begin?");
        Candidate best = lists.get(0).candidates().get(0);
        assertThat(best.id()).isEqualTo("dev-18891");
        assertThat(best.text()).startsWith("1973 oil crisis The 1973 oil crisis began in October 1973");
        assertThat(best.score()).isEqualTo(12.80985);
    }
}
