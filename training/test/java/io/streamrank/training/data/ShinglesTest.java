package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ShinglesTest {
    @Test
    void takesNoNoticeOfCasePunctuationAndSpace() {
        assertThat(similarity("One two, three four.", "one  TWO three\nfour")).isEqualTo(1);
    }

    @Test
    void countsWhatBothHaveByWhatEitherHas() {
        // abc bcd cde against bcd cde def: 2 of 4
        assertThat(similarity("a b c d e", "b c d e f")).isEqualTo(0.5, within(1e-12));
        assertThat(similarity("a b c", "d e f")).isZero();
    }

    @Test
    void takesShortTextsWhole() {
        assertThat(similarity("yes", "Yes!")).isEqualTo(1);
        assertThat(similarity("yes", "no")).isZero();
        assertThat(similarity("two words", "words two")).isZero();
        assertThat(similarity("", "?!")).isEqualTo(1);
    }

    @Test
    void heedsTheOrderOfWords() {
        assertThat(similarity("a b c d e f", "f e d c b a")).isZero();
    }

    @Test
    void thresholdsLieBetweenNothingAndAll() {
        assertThatThrownBy(() -> new NearDuplicates(0)).hasMessageContaining("above 0 and at most 1, not 0.0");
        assertThatThrownBy(() -> new NearDuplicates(1.01)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new NearDuplicates(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    private static double similarity(String a, String b) {
        assertThat(Shingles.of(b).similarity(Shingles.of(a)))
                .isEqualTo(Shingles.of(a).similarity(Shingles.of(b)));
        return Shingles.of(a).similarity(Shingles.of(b));
    }
}
