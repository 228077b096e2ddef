package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QrelsTest {
    private final Path folder;

    QrelsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsTrecQrelsWithAnyWhiteSpace() throws IOException {
        Path file = TestFiles.write(folder, "qrels.trec", "q2 0 d1 1", "q1\t0\td1\t-2", "  q2   0 \t d2  3 ");

        Qrels qrels = Qrels.read(file);

        assertThat(qrels.queries()).containsExactly("q2", "q1");
        assertThat(qrels.judgments("q2")).isEqualTo(Map.of("d1", 1, "d2", 3));
        assertThat(qrels.judgments("q1")).isEqualTo(Map.of("d1", -2));
        assertThat(qrels.judgments("q3")).isEmpty();
    }

    @Test
    void readsBeirsTable() throws IOException {
        Path file = TestFiles.write(folder, "test.tsv", "query-id\tcorpus-id\tscore", "q1\td 1\t2", "q1\td2\t0");

        assertThat(Qrels.read(file).judgments("q1")).isEqualTo(Map.of("d 1", 2, "d2", 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "q1 0 d2 | expected 'query-id 0 document-id grade', not 3 fields",
                "q1 0 d2 1 x | expected 'query-id 0 document-id grade', not 5 fields",
                "q1 0 d2 1.5 | expected an integer grade, not '1.5'",
                "q1 0 d1 0 | query q1 judges document d1 twice"
            })
    void namesTheLineOfBadTrecQrels(String line, String message) throws IOException {
        Path file = TestFiles.write(folder, "qrels.trec", "q1 0 d1 1", line);

        assertThatThrownBy(() -> Qrels.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":2: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "q1 0 d2 1 | expected 'query-id TAB document-id TAB grade', not 1 fields",
                "q1\td2\thigh | expected an integer grade, not 'high'",
                "q1\td1\t1 | query q1 judges document d1 twice"
            })
    void namesTheLineOfABadBeirTable(String line, String message) throws IOException {
        Path file = TestFiles.write(folder, "test.tsv", "query-id\tcorpus-id\tscore", "q1\td1\t1", line);

        assertThatThrownBy(() -> Qrels.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":3: " + message);
    }
}
