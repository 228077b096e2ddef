package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueriesTest {
    private final Path folder;

    QueriesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsATable() throws IOException {
        Path file = TestFiles.write(folder, "queries.tsv", "q2\twho is it", "q1\twhat \"is\" it");

        assertThat(Queries.read(file)).containsExactly(Map.entry("q2", "who is it"), Map.entry("q1", "what \"is\" it"));
    }

    @Test
    void readsBeirsObjects() throws IOException {
        Path file = TestFiles.gzip(
                folder, "queries.jsonl.gz", "{\"_id\": \"q1\", \"text\": \"who\", \"metadata\": {\"url\": \"\"}}");

        assertThat(Queries.read(file)).containsExactly(Map.entry("q1", "who"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"q2 who", "\twho", "q2\t "})
    void namesTheLineOfABadTable(String line) throws IOException {
        Path file = TestFiles.write(folder, "queries.tsv", "q1\twho", line);

        assertThatThrownBy(() -> Queries.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":2: expected 'query-id TAB text'");
    }

    @Test
    void namesTheLineOfABadObject() throws IOException {
        Path file = TestFiles.write(folder, "queries.jsonl", "{\"_id\": \"q1\", \"text\": \"who\"}", "q2\twhat");

        assertThatThrownBy(() -> Queries.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageStartingWith(file + ":2: expected a JSON object");
    }

    @Test
    void refusesAQueryThatIsThereTwice() throws IOException {
        Path file = TestFiles.write(folder, "queries.tsv", "q1\twho", "q1\twhat");

        assertThatThrownBy(() -> Queries.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":2: query q1 is there twice");
    }
}
