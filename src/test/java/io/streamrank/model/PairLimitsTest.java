package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a causal model's pairs are where queries and documents have limits of their own. */
class PairLimitsTest {
    private static final String DOCUMENT_FIRST = CausalTemplate.DEFAULT_TEXT;
    private static final String QUERY_FIRST = "Query: {query}\nDocument: {document}\nAnswer:";
    private static final int MAX = 64;
    private static final int EOS = 0;

    private final String query = "which patients of the group were the first";
    private final String document = "seven rivers and a garden of iron stones under a green moon";

    @ParameterizedTest
    @ValueSource(strings = {DOCUMENT_FIRST, QUERY_FIRST})
    void keepTheTextAroundAQueryThatIsCut(String template) {
        EncodedPair whole = encode(template, new PairLimits(MAX, 0, 0), query);
        EncodedPair longest = encode(template, new PairLimits(MAX, 50, 0), query);
        EncodedPair last = encode(template, new PairLimits(MAX, 1, 0), query);

        assertThat(longest).isEqualTo(whole);
        assertThat(longest.truncated()).isFalse();
        assertThat(last.truncated()).isTrue();
        int most = whole.tokens() - last.tokens() + 1;
        assertThat(most).isGreaterThan(5);
        for (int tokens = 1; tokens < most; tokens++) {
            EncodedPair cut = encode(template, new PairLimits(MAX, tokens, 0), query);
            int begin = Arrays.mismatch(cut.ids(), whole.ids());
            int end = whole.tokens() - cut.tokens() + begin;
            assertThat(cut.tokens()).isEqualTo(last.tokens() + tokens - 1);
            assertThat(Arrays.copyOfRange(cut.ids(), begin, cut.tokens()))
                    .as("what follows the query, after " + tokens)
                    .isEqualTo(Arrays.copyOfRange(whole.ids(), end, whole.tokens()));
            assertThat(cut.truncated()).isTrue();
        }
        assertThat(encode(template, new PairLimits(MAX, most, 0), query)).isEqualTo(whole);
    }

    @ParameterizedTest
    @ValueSource(strings = {DOCUMENT_FIRST, QUERY_FIRST})
    void leaveRoomForDocumentsUnderAnEndlessQuery(String template) {
        String endless = "patients of the group ".repeat(100);

        EncodedPair without = encode(template, new PairLimits(MAX, 0, 0), endless);
        EncodedPair with = encode(template, new PairLimits(MAX, 20, 0), endless);

        String other = "another text";
        assertThat(without).isEqualTo(pairs(template, new PairLimits(MAX, 0, 0), endless, other));
        assertThat(with).isNotEqualTo(pairs(template, new PairLimits(MAX, 20, 0), endless, other));
        assertThat(with.tokens()).isLessThanOrEqualTo(MAX);
    }

    @Test
    void makeADocumentTheSameUnderQueriesOfAnyLength() {
        PairLimits limits = new PairLimits(MAX, 20, 10);

        EncodedPair shortQuery = encode(DOCUMENT_FIRST, limits, "why");
        EncodedPair longQuery = encode(DOCUMENT_FIRST, limits, query.repeat(10));

        assertThat(shortQuery.prefixTokens())
                .isEqualTo(longQuery.prefixTokens())
                .isLessThan(16);
        assertThat(Arrays.copyOf(shortQuery.ids(), shortQuery.prefixTokens()))
                .isEqualTo(Arrays.copyOf(longQuery.ids(), longQuery.prefixTokens()));
        assertThat(shortQuery.truncated()).isTrue();
    }

    @Test
    void areReadFromRerankerJsonUnlessSet(@TempDir Path target) throws IOException {
        CheckpointFolder folder = CheckpointFolder.copyOf(Golden.read("bert"), target);
        folder.text("reranker.json", "{\"max_query_length\": 7, \"max_document_length\": 30, \"max_length\": 60}");
        Checkpoint checkpoint = Checkpoint.open(folder.path());
        Architecture architecture = Families.read(checkpoint);

        assertThat(PairSettings.of(checkpoint, architecture, 0).limits()).isEqualTo(new PairLimits(60, 7, 30));
        assertThat(PairSettings.of(checkpoint, architecture, new PairLimits(50, 9, 0))
                        .limits())
                .isEqualTo(new PairLimits(50, 9, 30));

        folder.text("reranker.json", "{\"max_query_length\": 0}");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> PairSettings.of(checkpoint, architecture, 0))
                .withMessageContaining("max_query_length");
    }

    private EncodedPair encode(String template, PairLimits limits, String text) {
        return pairs(template, limits, text, document);
    }

    private static EncodedPair pairs(String template, PairLimits limits, String query, String document) {
        CausalTemplate causal = CausalTemplate.of(Path.of("reranker.json"), CausalTemplate.parts(template), EOS);
        PairSettings settings = new PairSettings(limits, false, causal, Activation.NONE);
        Path file = Golden.read("gpt-neox").folder().resolve("tokenizer.json");
        try (PairTokenizer tokenizer = PairTokenizer.open(file, settings, 0)) {
            return tokenizer.encode(query, List.of(document)).get(0);
        }
    }
}
