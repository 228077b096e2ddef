package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.TrecRun.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrecRunTest {
    private final Path folder;

    TrecRunTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void ordersByScoreAndIgnoresTheRankColumn() throws IOException {
        Path file = TestFiles.write(
                folder, "run.trec", "q2 Q0 d1 1 0.5 bm25", "q1 Q0 d9 1 -3e0 bm25", "q2\tQ0  d2 2 7 my tag");

        TrecRun run = TrecRun.read(file);

        assertThat(run.queries()).containsExactly("q2", "q1");
        assertThat(run.ranking("q2")).containsExactly(new Entry("d2", 7), new Entry("d1", 0.5));
        assertThat(run.ranking("q1")).containsExactly(new Entry("d9", -3));
        assertThat(run.ranking("q3")).isEmpty();
        assertThat(run.tag()).isEqualTo("my");
        assertThat(run.documents()).containsExactly("d2", "d1", "d9");
    }

    @Test
    void putsTheGreaterIdFirstAmongEqualScores() throws IOException {
        // U+FF5E has the greater UTF-16 unit, U+1F600 the greater UTF-8 bytes: trec_eval compares bytes.
        Path file = TestFiles.write(
                folder,
                "run.trec",
                "q Q0 d10 1 1.0 t",
                "q Q0 d9 2 1 t",
                "q Q0 \uFF5E 3 1 t",
                "q Q0 \uD83D\uDE00 4 1 t");

        assertThat(TrecRun.read(file).ranking("q"))
                .extracting(Entry::documentId)
                .containsExactly("\uD83D\uDE00", "\uFF5E", "d9", "d10");
    }

    @Test
    void takesBothZerosForEqual() throws IOException {
        Path file = TestFiles.write(folder, "run.trec", "q Q0 a 1 0.0 t", "q Q0 b 2 -0.0 t");

        assertThat(TrecRun.read(file).ranking("q"))
                .extracting(Entry::documentId)
                .containsExactly("b", "a");
    }

    @Test
    void takesScoresForEqualThatDifferBeyondSinglePrecision() throws IOException {
        Path file = TestFiles.write(
                folder, "run.trec", "q Q0 a 1 12.3456789012 t", "q Q0 b 2 12.3456789011 t", "q Q0 c 3 12.3456 t");

        assertThat(TrecRun.read(file).ranking("q"))
                .extracting(Entry::documentId)
                .containsExactly("b", "a", "c");
    }

    @Test
    void cutsEveryRanking() {
        TrecRun run = TrecRun.of("t", Map.of("q", List.of(new Entry("a", 1), new Entry("b", 3), new Entry("c", 2))));

        assertThat(run.cut(2).ranking("q")).extracting(Entry::documentId).containsExactly("b", "c");
        assertThat(run.cut(5).ranking("q")).hasSize(3);
        assertThatThrownBy(() -> run.cut(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("depth must be at least 1, not 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy.trec", "copy.trec.gz"})
    void readsWhatItWrites(String name) throws IOException {
        TrecRun run = TrecRun.of("t", Map.of("q", List.of(new Entry("a", 0.1f), new Entry("b", -1e-12))));

        run.write(folder.resolve(name));

        TrecRun copy = TrecRun.read(folder.resolve(name));
        assertThat(copy.tag()).isEqualTo("t");
        assertThat(copy.ranking("q")).isEqualTo(run.ranking("q"));
    }

    @Test
    void writesWhatTrecEvalReads() throws IOException {
        TrecRun run = TrecRun.of("mine", Map.of("q", List.of(new Entry("a", 0.25), new Entry("b", 8))));

        run.write(folder.resolve("run.trec"));

        assertThat(folder.resolve("run.trec")).hasContent("q Q0 b 1 8.0 mine\nq Q0 a 2 0.25 mine\n");
    }

    @Test
    void refusesScoresThatCannotBeOrdered() {
        assertThatThrownBy(() -> TrecRun.of("t", Map.of("q", List.of(new Entry("a", Double.NaN)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("query q: Entry[documentId=a, score=NaN]");
        assertThatThrownBy(() -> TrecRun.of("t", Map.of("q", List.of(new Entry("a", 1), new Entry("a", 2)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("query q: Entry[documentId=a, score=2.0]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "q Q0 d2 1 3.5 | expected 'query-id Q0 document-id rank score tag', not 5 fields",
                "q Q0 d2 1 high t | expected a number as score, not 'high'",
                "q Q0 d2 1 NaN t | expected a finite number as score, not 'NaN'",
                "q Q0 d1 2 0.1 t | query q retrieves document d1 twice"
            })
    void namesTheLineOfABadRun(String line, String message) throws IOException {
        Path file = TestFiles.gzip(folder, "run.trec.gz", "q Q0 d1 1 0.5 t", line);

        assertThatThrownBy(() -> TrecRun.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":2: " + message);
    }
}
