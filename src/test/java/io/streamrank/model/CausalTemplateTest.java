package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CausalTemplateTest {
    private static final Path FILE = Path.of("reranker.json");
    private static final int EOS = 9;
    private static final int[] BOS = {8};

    private final CausalTemplate template = template(EOS, CausalTemplate.DEFAULT_TEXT);
    private final CausalTemplate queryFirst =
            template(CausalTemplate.NO_EOS, "<sys>", "Query: {query}\nDocument: {document}", "<answer>");

    @Test
    void endsAPartWhereTheDocumentEnds() {
        assertThat(template.parts()).containsExactly("document: {document}", " ; query: {query} ;");
        assertThat(CausalTemplate.parts("{query} {document}!")).containsExactly("{query} {document}", "!");
        assertThat(CausalTemplate.parts("{query} {document}")).containsExactly("{query} {document}");
    }

    @Test
    void putsTextsIntoTheirPlaces() {
        assertThat(template.text("{document}", "a {query}")).isEqualTo("document: a {query}");
        assertThat(template.around("{document}")).containsExactly(" ; query: {document} ;");
        assertThat(template.documentFirst()).isTrue();

        assertThat(queryFirst.text("{document}", "a {query}")).isEqualTo("Query: {document}\nDocument: a {query}");
        assertThat(queryFirst.around("b")).containsExactly("<sys>", "<answer>");
        assertThat(queryFirst.fixed()).containsExactly("<sys>", "<answer>");
        assertThat(queryFirst.documentFirst()).isFalse();
    }

    @Test
    void joinsWhatFits() {
        EncodedPair pair = frame(template, 5, tokens(3)).join(tokens(1, 2));

        assertThat(pair.ids()).containsExactly(8, 1, 2, 3, 9);
        assertThat(pair.truncated()).isFalse();
        assertThat(pair.prefixTokens()).isEqualTo(3);
    }

    @Test
    void cutsTheDocumentAlone() {
        EncodedPair pair = frame(template, 4, tokens(3)).join(tokens(1, 2));

        assertThat(pair.ids()).containsExactly(8, 1, 3, 9);
        assertThat(pair.truncated()).isTrue();
        assertThat(pair.prefixTokens()).isEqualTo(2);
    }

    @Test
    void cutsAQueryThatLeavesNoRoomAndStillEndsIt() {
        EncodedPair pair = frame(template, 4, tokens(3, 4, 5)).join(tokens(1, 2));

        assertThat(pair.ids()).containsExactly(8, 3, 4, 9);
        assertThat(pair.truncated()).isTrue();
    }

    @Test
    void keepsFixedPartsWholeWhateverIsCut() {
        CausalTemplate apart = template(EOS, "<sys>", "{query}", "<then>", "{document}", "<end>");

        assertThat(frame(apart, 7, tokens(1), tokens(2, 3), tokens(4), tokens(5))
                        .join(tokens(6, 7))
                        .ids())
                .containsExactly(8, 1, 2, 3, 4, 5, 9);
        EncodedPair cut =
                frame(apart, 6, tokens(1), tokens(2, 3), tokens(4), tokens(5)).join(tokens(6, 7));
        assertThat(cut.ids()).containsExactly(8, 1, 2, 4, 5, 9);
        assertThat(cut.truncated()).isTrue();
    }

    @Test
    void cutsTheOneTextOfQueryAndDocumentAtItsEnd() {
        EncodedPair pair = frame(queryFirst, 6, tokens(1), tokens(2)).join(tokens(3, 4, 5, 6));

        assertThat(pair.ids()).containsExactly(8, 1, 3, 4, 5, 2);
        assertThat(pair.truncated()).isTrue();
    }

    @Test
    void sharesWhatPairsOfAQueryHaveInCommonBeforeTheirDocuments() {
        CausalFrame frame = frame(queryFirst, 9, tokens(1), tokens(2));
        EncodedPair bare = frame.join(tokens(3, 4));
        List<EncodedPair> pairs = Stream.of(tokens(3, 4, 6), tokens(3, 5, 6), tokens(3, 4))
                .map(frame::join)
                .toList();

        assertThat(frame.sharing(pairs, bare))
                .extracting(EncodedPair::prefixTokens)
                .containsExactly(3, 3, 3);
        assertThat(frame.sharing(pairs.subList(0, 1), bare))
                .extracting(EncodedPair::prefixTokens)
                .containsExactly(4);
        assertThat(frame.sharing(pairs.subList(2, 3), bare))
                .extracting(EncodedPair::prefixTokens)
                .containsExactly(4);
        assertThat(frame.sharing(pairs, bare)).isEqualTo(pairs);
    }

    @Test
    void saysWhenATextWasNotReadToItsEnd() {
        Tokens clipped = new Tokens(new int[] {1}, 1, true);

        assertThat(frame(template, 9, tokens(3)).join(clipped).truncated()).isTrue();
        assertThat(frame(template, 9, clipped).join(tokens(3)).truncated()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{document}", "{query}", "{document} {query} {query}"})
    void refusesATemplateItCannotFill(String text) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> template(EOS, text))
                .withMessageStartingWith("reranker.json: template is \"" + text + "\", expected {document} and");
    }

    @ParameterizedTest
    @CsvSource({"{document} {query}", "{query} {document}."})
    void refusesTextAfterTheDocumentInItsPart(String part) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CausalTemplate.of(FILE, List.of("<sys>", part), EOS))
                .withMessageStartingWith("reranker.json: template has a part \"" + part + "\", expected {document} at");
    }

    private static CausalTemplate template(int eos, String... parts) {
        return CausalTemplate.of(FILE, parts.length == 1 ? CausalTemplate.parts(parts[0]) : List.of(parts), eos);
    }

    private static CausalFrame frame(CausalTemplate template, int maxLength, Tokens... around) {
        return CausalFrame.of(template, BOS, List.of(around), maxLength);
    }

    private static Tokens tokens(int... ids) {
        return new Tokens(ids, ids.length, false);
    }
}
