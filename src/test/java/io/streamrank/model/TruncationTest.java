package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncationTest {
    @ParameterizedTest
    @CsvSource({"3, 4, 10, 3, 4", "3, 7, 10, 3, 7", "3, 8, 10, 3, 7", "9, 8, 10, 9, 1", "9, 0, 10, 9, 0"})
    void cutsTheDocumentAlone(int query, int document, int room, int queryStays, int documentStays) {
        assertThat(Truncation.ofDocument(query, document, room)).isEqualTo(new Truncation(queryStays, documentStays));
    }

    /** The cases of the tokenizers library's own test, 7 tokens of room. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0", "0, 2, 0, 2", "0, 4, 0, 4", "0, 8, 0, 7", "2, 0, 2, 0", "2, 2, 2, 2", "2, 4, 2, 4",
        "2, 8, 2, 5", "4, 0, 4, 0", "4, 2, 4, 2", "4, 4, 3, 4", "4, 8, 3, 4", "8, 0, 7, 0", "8, 2, 5, 2",
        "8, 4, 4, 3", "8, 8, 3, 4"
    })
    void cutsTheLongerFirst(int query, int document, int queryStays, int documentStays) {
        assertThat(Truncation.longestFirst(query, document, 7)).isEqualTo(new Truncation(queryStays, documentStays));
    }
}
