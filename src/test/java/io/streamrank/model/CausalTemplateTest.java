package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CausalTemplateTest {
    private static final Path FILE = Path.of("reranker.json");
    private static final int EOS = 9;
    private static final int[] BOS = {8};

    private final CausalTemplate template = CausalTemplate.of(FILE, CausalTemplate.DEFAULT_TEXT, EOS);

    @Test
    void partsTextsBetweenDocumentAndQuery() {
        assertThat(template.prefix("a {query}")).isEqualTo("document: a {query}");
        assertThat(template.suffix("b")).isEqualTo(" ; query: b ;");
    }

    @Test
    void joinsWhatFits() {
        EncodedPair pair = template.join(BOS, new int[] {1, 2}, new int[] {3}, 5);

        assertThat(pair.ids()).containsExactly(8, 1, 2, 3, 9);
        assertThat(pair.truncated()).isFalse();
    }

    @Test
    void cutsTheDocumentAlone() {
        EncodedPair pair = template.join(BOS, new int[] {1, 2}, new int[] {3}, 4);

        assertThat(pair.ids()).containsExactly(8, 1, 3, 9);
        assertThat(pair.truncated()).isTrue();
    }

    @Test
    void cutsAQueryThatLeavesNoRoomAndStillEndsIt() {
        EncodedPair pair = template.join(BOS, new int[] {1, 2}, new int[] {3, 4, 5}, 4);

        assertThat(pair.ids()).containsExactly(8, 3, 4, 9);
        assertThat(pair.truncated()).isTrue();
    }

    @Test
    void endsWithoutEosWhereNoneIsWanted() {
        CausalTemplate bare = CausalTemplate.of(FILE, CausalTemplate.DEFAULT_TEXT, CausalTemplate.NO_EOS);

        assertThat(bare.join(new int[0], new int[] {1}, new int[] {2}, 2).ids()).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{document}", "{query}", "{query} {document}", "{document} {query} {query}"})
    void refusesATemplateItCannotFill(String text) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CausalTemplate.of(FILE, text, EOS))
                .withMessageStartingWith("reranker.json: template is \"" + text + "\", expected {document} and then");
    }
}
