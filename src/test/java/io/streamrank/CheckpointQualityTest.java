package io.streamrank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.contract.Candidate;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.replay.BeirFolder;
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
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * The checkpoint that ships with the worker ranks as well as it should. The slice is of the sample's hard queries: the
 * first 20 whose best candidate by BM25 is not relevant while another of its best 10 is. The whole sample of 200 queries
 * with 20 candidates each gives an nDCG@10 of 0.9437, as the checkpoint's README says; that takes too long for a test.
 */
class CheckpointQualityTest {
    private static final BeirFolder SAMPLE = new BeirFolder(Path.of("samples", "squad11-dev"), null);
    private static final Path CHECKPOINT = Path.of("models", "minilm-l6-reranker");
    private static final int QUERIES = 20;
    private static final int DEPTH = 10;
    private static final Measure NDCG = RankingMeasures.ndcgCut(10);
    private static final Measure MRR = RankingMeasures.recipRank(10);

    /** Room for other kernels' rounding, which may swap two candidates that score nearly the same. */
    private static final double TOLERANCE = 0.002;

    @Test
    void liftsTheRelevantPassageOfHardQueries() throws IOException {
        Qrels qrels = Qrels.read(SAMPLE.qrels());
        List<CandidateList> slice = slice(qrels);
        Map<String, List<TrecRun.Entry>> bm25 = new LinkedHashMap<>();
        Map<String, List<TrecRun.Entry>> reranked = new LinkedHashMap<>();

        try (Reranker reranker = Rerankers.load(
                CHECKPOINT, "minilm", ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            for (CandidateList list : slice) {
                bm25.put(list.query().id(), entries(list.candidates(), bm25Scores(list)));
                reranked.put(list.query().id(), entries(list.candidates(), scores(reranker, list)));
            }
        }

        Evaluation was = evaluate(qrels, bm25);
        Evaluation is = evaluate(qrels, reranked);
        assertThat(was.queries()).hasSize(QUERIES);
        assertThat(was.mean(NDCG.name())).isCloseTo(0.5710, within(TOLERANCE));
        assertThat(was.mean(MRR.name())).isCloseTo(0.4250, within(TOLERANCE));
        assertThat(is.mean(NDCG.name())).isCloseTo(0.8655, within(TOLERANCE));
        assertThat(is.mean(MRR.name())).isCloseTo(0.8208, within(TOLERANCE));
    }

    private static List<CandidateList> slice(Qrels qrels) throws IOException {
        return StreamSupport.stream(CandidateLists.read(SAMPLE, DEPTH).spliterator(), false)
                .filter(list -> !isRelevant(qrels, list, list.candidates().get(0)))
                .filter(list -> list.candidates().stream().anyMatch(candidate -> isRelevant(qrels, list, candidate)))
                .limit(QUERIES)
                .toList();
    }

    private static boolean isRelevant(Qrels qrels, CandidateList list, Candidate candidate) {
        return qrels.judgments(list.query().id()).getOrDefault(candidate.id(), 0) > 0;
    }

    private static double[] bm25Scores(CandidateList list) {
        return list.candidates().stream().mapToDouble(Candidate::score).toArray();
    }

    private static double[] scores(Reranker reranker, CandidateList list) {
        List<String> texts = list.candidates().stream().map(Candidate::text).toList();
        float[] scores = reranker.score(reranker.encode(list.query().text(), texts));
        double[] widened = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
            widened[i] = scores[i];
        }
        return widened;
    }

    private static List<TrecRun.Entry> entries(List<Candidate> candidates, double[] scores) {
        List<TrecRun.Entry> entries = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            entries.add(new TrecRun.Entry(candidates.get(i).id(), scores[i]));
        }
        return entries;
    }

    private static Evaluation evaluate(Qrels qrels, Map<String, List<TrecRun.Entry>> rankings) {
        return Evaluation.of(qrels, TrecRun.of("slice", rankings), EvaluationOptions.DEFAULT, List.of(NDCG, MRR));
    }
}
