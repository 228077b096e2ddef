package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.ReplayDataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentStoreTest {
    private final Path folder;

    DocumentStoreTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @ParameterizedTest
    @ValueSource(strings = {"corpus.jsonl", "corpus.jsonl.gz"})
    void findsDocumentsByIdAndRow(String name) throws IOException {
        Path file = TestFiles.write(
                folder,
                name,
                "{\"_id\": \"a\", \"title\": \"Ä\", \"text\": \"größer\"}",
                "",
                "{\"id\": 7, \"text\": \"日本\"}\r",
                "{\"_id\": \"c\", \"text\": \"last\"}");

        try (DocumentStore store = DocumentStore.open(file)) {
            assertThat(store.size()).isEqualTo(3);
            assertThat(store.document(store.row("c")).modelText()).isEqualTo("last");
            assertThat(store.document(store.row("a")).modelText()).isEqualTo("Ä größer");
            assertThat(store.document(1).id()).isEqualTo("7");
            assertThat(store.document(1).text()).isEqualTo("日本");
            assertThat(store.row("b")).isEqualTo(IdIndex.ABSENT);
        }
    }

    @Test
    void findsEveryOneOfMany() throws IOException {
        String[] lines = new String[20_000];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = "id" + i + "\ttext of " + i;
        }

        try (DocumentStore store = DocumentStore.open(TestFiles.write(folder, "collection.tsv", lines))) {
            for (int i = 0; i < lines.length; i++) {
                assertThat(store.row("id" + i)).isEqualTo(i);
            }
            assertThat(store.row("id20000")).isEqualTo(IdIndex.ABSENT);
            assertThat(store.document(12_345).text()).isEqualTo("text of 12345");
        }
    }

    @Test
    void leavesNoUnpackedCopyBehind() throws IOException {
        Path packed = TestFiles.write(folder, "corpus.tsv.gz", "a\tb");
        LineIndex index = LineIndex.open(packed);
        Path copy = index.onDisk();
        assertThat(copy).exists().isNotEqualTo(packed);

        index.close();

        assertThat(copy).doesNotExist();
    }

    @Test
    void namesFileAndLineOfARepeatedDocument() throws IOException {
        Path file = TestFiles.write(folder, "c.tsv", "a\tx", "", "b\ty", "a\tz");

        assertThatThrownBy(() -> DocumentStore.open(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":4: document a is there twice");
    }

    @Test
    void namesFileLineAndCharacterOfBadJson() throws IOException {
        Path file = TestFiles.write(folder, "c.jsonl", "{\"id\": \"a\", \"text\": \"b\"}", "{\"id\": \"b\", text}");

        assertThatThrownBy(() -> DocumentStore.open(file))
                .hasMessageStartingWith(file + ":2: expected a JSON object")
                .hasMessageEndingWith("(at character 13)");
    }

    @Test
    void saysThatAFileChangedUnderIt() throws IOException {
        Path file = TestFiles.write(folder, "c.tsv", "a\tfirst", "b\tsecond");
        try (DocumentStore store = DocumentStore.open(file)) {
            Files.write(file, "a\tfi".getBytes(UTF_8));

            assertThatThrownBy(() -> store.document(1)).hasMessageContaining("changed while it was being read: byte 8");
        }
    }

    @Test
    void refusesATruncatedGzipFile() throws IOException {
        Path whole = TestFiles.write(folder, "whole.tsv.gz", "a\tfirst", "b\tsecond");
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = Files.write(folder.resolve("cut.tsv.gz"), Arrays.copyOf(bytes, bytes.length - 9));

        assertThatThrownBy(() -> DocumentStore.open(cut))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("expected a whole gzip file");
    }
}
