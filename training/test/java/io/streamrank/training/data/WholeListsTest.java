package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.ReplayDataException;
import io.streamrank.training.Example;
import io.streamrank.training.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeListsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void readsDocumentsAsTrainingDoes() throws IOException {
        Path corpus = TestFiles.beirFolder(folder).resolve("corpus.jsonl");
        Path file = TestFiles.write(
                folder,
                "valid.jsonl.gz",
                "{\"query\": \"list\", \"positives\": [{\"title\": \"Seas\", \"text\": \"deep\", \"grade\": 3}, {\"id\": \"d4\"}],"
                        + " \"negatives\": [\"flat\"]}");

        List<Example> read = WholeLists.read(file, corpus);

        assertThat(read).hasSize(1);
        assertThat(read.get(0).passages())
                .extracting(Passage::text)
                .containsExactly("Seas deep", TestFiles.modelText(4), "flat");
        assertThat(read.get(0).passages()).extracting(Passage::label).containsExactly(3f, 1f, 0f);
        assertThatThrownBy(() -> WholeLists.read(
                        TestFiles.write(
                                folder, "none.jsonl", "{\"query\": \"a\", \"positives\": [], \"negatives\": [\"b\"]}"),
                        null))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("none.jsonl:1");
    }
}
