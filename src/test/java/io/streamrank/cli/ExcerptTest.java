package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
    @Test
    void leavesShortTextsAlone() {
        assertThat(Excerpt.of("Lima is\n the  capital", "capital", 40)).isEqualTo("Lima is the capital");
    }

    @Test
    void cutsBetweenWords() {
        assertThat(Excerpt.of("one two three four five", "nothing", 12)).isEqualTo("one two…");
    }

    @Test
    void showsWhereTheQuerysWordsStand() {
        String text = "The city was founded in 1535. Today Lima is the capital of Peru, and its largest city by far.";

        assertThat(Excerpt.of(text, "What is the CAPITAL of Peru?", 30))
                .contains("capital of Peru,")
                .startsWith("…")
                .endsWith("…");
    }

    @Test
    void staysWithinItsWidthWhateverTheText() {
        String text = "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh " + "i".repeat(50) + " j";

        for (int width = 5; width < 60; width++) {
            assertThat(Excerpt.of(text, "dddd iiii", width)).isNotBlank().hasSizeLessThanOrEqualTo(width);
        }
    }

    @Test
    void endsWithTheText() {
        assertThat(Excerpt.of("aaaa bbbb cccc capital", "capital", 13)).isEqualTo("…cccc capital");
    }
}
