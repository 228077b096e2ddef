package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CorpusTest {
    private static final String OBJECT = "expected a JSON object with \"_id\" (or \"id\") and \"text\"";

    private final Path folder;

    CorpusTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsBeirsAndPlainDocuments() throws IOException {
        Path file = TestFiles.gzip(
                folder,
                "corpus.jsonl.gz",
                "{\"_id\": \"d1\", \"title\": \"T\", \"text\": \"a \\u00e9\", \"metadata\": {\"id\": [1, {}]}}",
                "{\"text\": \"b\", \"id\": \"d2\", \"title\": null}",
                "{\"id\": 3, \"title\": \"\", \"text\": \"\"}");
        List<Document> documents = new ArrayList<>();

        Corpus.forEach(file, documents::add);

        assertThat(documents)
                .containsExactly(
                        new Document("d1", "T", "a é"), new Document("d2", "", "b"), new Document("3", "", ""));
        assertThat(documents).extracting(Document::modelText).containsExactly("T a é", "b", "");
    }

    @Test
    void holdsOnlyTheTextsAskedFor() throws IOException {
        Path file = TestFiles.write(folder, "corpus.jsonl", document("d1", "a"), document("d2", "b"));

        assertThat(Corpus.modelTexts(file, Set.of("d2"))).isEqualTo(Map.of("d2", "b"));
    }

    @Test
    void namesTheFirstOfTheDocumentsItLacks() throws IOException {
        Path file = TestFiles.write(folder, "corpus.jsonl", document("d1", "a"));
        Set<String> wanted = new LinkedHashSet<>(List.of("d1", "d2", "d3", "d4", "d5", "d6", "d7"));

        assertThatThrownBy(() -> Corpus.modelTexts(file, wanted))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ": lacks 6 of the 7 documents asked for: d2, d3, d4, d5, d6, …");
    }

    @Test
    void refusesADocumentThatIsThereTwice() throws IOException {
        Path file =
                TestFiles.write(folder, "corpus.jsonl", document("d1", "a"), document("d2", "b"), document("d1", "c"));

        assertThatThrownBy(() -> Corpus.modelTexts(file, Set.of("d1")))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":3: document d1 is there twice");
    }

    @ParameterizedTest
    @MethodSource("badLines")
    void namesTheLineOfABadDocument(String line, String message) throws IOException {
        Path file = TestFiles.write(folder, "corpus.jsonl", document("d1", "a"), line);

        assertThatThrownBy(() -> Corpus.forEach(file, document -> {}))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageStartingWith(file + ":2: " + message);
    }

    static List<Arguments> badLines() {
        return List.of(
                Arguments.of("d2\tnot JSON", OBJECT),
                Arguments.of("[\"d2\"]", OBJECT),
                Arguments.of("{\"id\": \"d2\"}", OBJECT),
                Arguments.of("{\"id\": \"\", \"text\": \"b\"}", OBJECT),
                Arguments.of("{\"text\": \"b\"}", OBJECT),
                Arguments.of("{\"id\": \"d2\", \"text\": \"b\"", OBJECT),
                Arguments.of("{\"id\": \"d2\", \"text\": 5}", "expected a string as \"text\""),
                Arguments.of("{\"id\": \"d2\", \"text\": \"b\"} {}", "expected nothing after the JSON object"));
    }

    private static String document(String id, String text) {
        return "{\"_id\": \"" + id + "\", \"title\": \"\", \"text\": \"" + text + "\"}";
    }
}
