package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuotationTest {
    @Test
    void leavesAnOrdinaryNameAsItIs() {
        assertThat(Quotation.of("Größe 東京 😀 (v2)")).isEqualTo("Größe 東京 😀 (v2)");
        assertThat(Quotation.of("")).isEmpty();
    }

    @Test
    void cutsWhatIsLongBetweenCharacters() {
        assertThat(Quotation.of("x".repeat(64))).hasSize(64);
        assertThat(Quotation.of("x".repeat(65))).isEqualTo("x".repeat(64) + "…");
        assertThat(Quotation.of("😀".repeat(64))).isEqualTo("😀".repeat(64));
        assertThat(Quotation.of("😀".repeat(1_000_000))).isEqualTo("😀".repeat(64) + "…");
    }

    @Test
    void showsWhatATerminalWouldObeyAsNumbers() {
        assertThat(Quotation.of("a\nb\u001B[2J\u202Ec\uD800")).isEqualTo("a\\u000Ab\\u001B[2J\\u202Ec\\uD800");
    }
}
