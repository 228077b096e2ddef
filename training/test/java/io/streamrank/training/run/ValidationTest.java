package io.streamrank.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.model.EncodedPair;
import io.streamrank.replay.BeirFolder;
import io.streamrank.training.data.ListScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidationTest {
    private final Path folder;

    private final List<Long> progress = new ArrayList<>();

    ValidationTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        List<String> documents = new ArrayList<>();
        List<String> queries = new ArrayList<>();
        List<String> qrels = new ArrayList<>();
        List<String> run = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            documents.add("{\"_id\": \"d%d\", \"text\": \"%d\"}".formatted(i, i));
            queries.add("q%d\tquestion %d".formatted(i, i));
            // The first stage has every relevant document, the one of the highest number, on the second rank.
            run.add("q%d Q0 d%d 1 9 t".formatted(i, i));
            run.add("q%d Q0 d%d 2 8 t".formatted(i, (i + 1) % 40));
            if (i != 39) {
                qrels.add("q%d 0 d%d 1".formatted(i, i + 1));
            }
        }
        Files.write(folder.resolve("corpus.jsonl"), documents);
        Files.write(folder.resolve("queries.tsv"), queries);
        Files.write(folder.resolve("qrels.trec"), qrels);
        Files.write(folder.resolve("run.trec"), run);
    }

    @Test
    void measuresTheFirstStageAndTheModel() throws IOException {
        Validation validation = Validation.read(new BeirFolder(folder, null), 100, 0, 1, 1);

        assertThat(validation.queries()).isEqualTo(39);
        assertThat(validation.firstStage().mean("recip_rank_cut_10")).isEqualTo(0.5, within(1e-12));
        assertThat(validation.evaluate(scorer(1)).mean("recip_rank_cut_10")).isEqualTo(1);
        assertThat(validation.evaluate(scorer(-1)).mean("recip_rank_cut_10")).isEqualTo(0.5, within(1e-12));
        assertThat(Validation.means(validation.evaluate(scorer(1))))
                .containsOnlyKeys("ndcg_cut_10", "recip_rank_cut_10", "map")
                .containsEntry("ndcg_cut_10", 1.0);
        validation.rerank(scorer(1), progress::add);
        assertThat(progress).containsExactly(32L, 39L);
    }

    @Test
    void drawsTheSameQueriesForASeed() throws IOException {
        BeirFolder beir = new BeirFolder(folder, null);

        Validation validation = Validation.read(beir, 100, 5, 1, 7);

        assertThat(validation.queries()).isEqualTo(5);
        assertThat(validation.firstStage().queries())
                .isEqualTo(Validation.read(beir, 100, 5, 1, 7).firstStage().queries())
                .isNotEqualTo(Validation.read(beir, 100, 5, 1, 8).firstStage().queries())
                .doesNotContain("q39");
    }

    @Test
    void saysThatNothingIsJudged() throws IOException {
        Files.writeString(folder.resolve("qrels.trec"), "other 0 d1 1\n");

        assertThatThrownBy(() -> Validation.read(new BeirFolder(folder, null), 100, 0, 1, 1))
                .hasMessageContaining("run.trec: none of its queries is judged in");
    }

    /** Scores a document by the number that is its text. */
    private static ListScorer scorer(int sign) {
        return new ListScorer(
                (query, documents) -> documents.stream()
                        .map(text -> new EncodedPair(new int[] {Integer.parseInt(text)}, new int[0], false))
                        .toList(),
                pairs -> {
                    float[] scores = new float[pairs.size()];
                    for (int i = 0; i < scores.length; i++) {
                        scores[i] = sign * pairs.get(i).ids()[0];
                    }
                    return scores;
                },
                new BatchPolicy(7, 7));
    }
}
