package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryPairsTest {
    private static final String GOOD = "{\"query\": \"q\", \"document\": \"d\"}";

    private final Path folder;

    QueryPairsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsPairsWithWhatIsExpectedOfThem() throws IOException {
        Path file = TestFiles.write(
                folder,
                "pairs.jsonl",
                GOOD,
                "",
                "{\"query\": \"größe\", \"document\": \"\", \"score\": -1.5, \"input_ids\": [3, 4]}");

        assertThat(QueryPairs.read(file))
                .isEqualTo(new QueryPairs(
                        Optional.empty(),
                        List.of(
                                QueryPair.of("q", "d"),
                                new QueryPair("größe", "", Optional.of(-1.5), Optional.of(List.of(3, 4))))));
    }

    @Test
    void readsAGoldenFile() throws IOException {
        QueryPairs golden = QueryPairs.readGolden(Path.of("src/test/resources/golden/bert/golden.json"));

        assertThat(golden.maxLength()).contains(96);
        assertThat(golden.pairs()).hasSizeGreaterThan(5).allSatisfy(pair -> {
            assertThat(pair.score()).isPresent();
            assertThat(pair.ids()).isPresent();
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            rubbish                                              | expected one JSON object: Unrecognized token
            {"query": "q", "document": "d"} {}                   | expected one JSON object: Trailing token
            {"query": "q", "query": "r", "document": "d"}        | expected one JSON object: Duplicate field 'query'
            []                                                   | expected an object with "query" and "document"
            {"query": "q"}                                       | expected a string as "document"
            {"query": 1, "document": "d"}                        | expected a string as "query"
            {"query": "q", "document": "d", "text": "x"}         | unknown field "text", known are [query, document, score,
            {"query": "q", "document": "d", "score": "1"}        | expected a finite number as "score"
            {"query": "q", "document": "d", "score": 1e999}      | expected a finite number as "score"
            {"query": "q", "document": "d", "input_ids": 5}      | expected a list of token ids as "input_ids"
            {"query": "q", "document": "d", "input_ids": [-1]}   | expected a list of token ids as "input_ids"
            {"query": "q", "document": "d", "input_ids": [1.5]}  | expected a list of token ids as "input_ids"
            """)
    void namesTheLineOfABadPair(String line, String problem) throws IOException {
        Path file = TestFiles.write(folder, "pairs.jsonl", GOOD, line, GOOD);

        assertThatThrownBy(() -> QueryPairs.read(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageStartingWith(file + ":2: " + problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"pairs": [{"query": "q"}]}                     | : pairs[0]: expected a string as "document"
            {"pairs": []}                                   | : holds no pairs
            {"max_length": 0, "pairs": []}                  | : max_length is 0, expected a positive whole number
            {"pairs": [                                     | :2: expected JSON
            """)
    void namesWhatIsWrongWithAGoldenFile(String json, String problem) throws IOException {
        Path file = TestFiles.write(folder, "golden.json", json);

        assertThatThrownBy(() -> QueryPairs.readGolden(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageStartingWith(file + problem);
    }

    @Test
    void refusesAFileWithoutPairs() throws IOException {
        Path file = TestFiles.write(folder, "pairs.jsonl", "", " ");

        assertThatThrownBy(() -> QueryPairs.read(file)).hasMessage(file + ": holds no pairs");
        assertThatThrownBy(() -> QueryPairs.read(folder.resolve("none.jsonl")))
                .hasMessage(folder.resolve("none.jsonl") + ": there is no such file");
    }
}
