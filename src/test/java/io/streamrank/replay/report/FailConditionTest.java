package io.streamrank.replay.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.replay.report.FailCondition.Verdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailConditionTest {
    private static final List<String> CONTENDERS = List.of("live", "old", "new", "mini-lm.v2", "a b", "model");
    private static final Map<String, Map<String, Double>> VALUES = Map.of(
            "old", Map.of("ndcg_cut_10", 0.7, "map", 0.5, "pairs_per_second", 100.0),
            "new", Map.of("ndcg_cut_10", 0.68, "map", 0.55, "pairs_per_second", 250.0, "tau", Double.NaN),
            "mini-lm.v2", Map.of("ndcg_cut_10", 0.1),
            "a b", Map.of("ndcg_cut_10", 0.9),
            "model", Map.of("ndcg_cut_10", 0.99));

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "ndcg_cut_10 < baseline - 0.01 | true",
                "ndcg_cut_10 < baseline - 0.03 | false",
                "ndcg_cut_10<baseline -0.01 | true",
                "map > baseline | true",
                "map >= baseline.map | true",
                "map == 0.55 | true",
                "map != 0.55 | false",
                "map <= 0.55 | true",
                "ndcg_cut_10 < old.ndcg_cut_10 * 0.98 | true",
                "ndcg_cut_10 < 0.98 * old | true",
                "model.map - baseline.map < 0.1 * (1 - 0.6) | false",
                "pairs_per_second < 2 * baseline | false",
                "ndcg_cut_10 < mini-lm.v2 | false",
                "ndcg_cut_10 > mini-lm.v2.ndcg_cut_10 | true",
                "ndcg_cut_10 < 'a b' | true",
                "ndcg_cut_10 < 'model' | true",
                "ndcg_cut_10 < \"a b\".ndcg_cut_10 | true",
                "ndcg_cut_10 + -1 < -3e-1 | true",
                "1 - 0.5 - 0.25 < ndcg_cut_10 | true",
                "1 - 0.5 * 2 == ndcg_cut_10 - ndcg_cut_10 | true"
            })
    void isAskedOfAModel(String condition, boolean holds) {
        assertThat(ask(condition).holds()).isEqualTo(holds);
    }

    @Test
    void tellsBothSides() {
        assertThat(ask("ndcg_cut_10 < baseline - 0.5"))
                .isEqualTo(new Verdict("ndcg_cut_10 < baseline - 0.5", "new", 0.68, 0.7 - 0.5, false));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "ndcg_cut_10 < % baseline | 15 | expected a number, a measure or a name, not '%'",
                "ndcg_cut_10 | 12 | expected a comparison (< <= > >= == !=), not the end",
                "ndcg_cut_10 = 0.5 | 13 | expected a comparison (< <= > >= == !=), not '='",
                "ndcg_cut_10 < | 14 | expected a number, a measure or a name, not the end",
                "ndcg_cut_10 < 0.5 0.6 | 19 | expected the end, not '0'",
                "ndcg_cut_10 < (0.5 | 19 | expected ')', not the end",
                "ndcg_cut_10 < 0.5.1 | 15 | '0.5.1' is no number",
                "ndcg_cut_10 < 5x | 15 | '5x' is no number",
                "ndcg_cut_10 < baseline.speed | 24 | 'speed' is no measure",
                "ndcg_cut_10 < 'a b'.speed | 21 | 'speed' is no measure",
                "ndcg_cut_10 < 'a b | 15 | the quotation does not end",
                "0.5 < 0.6 | 1 | names no measure",
                "ndcg_cut_10 < baseline.map + baseline | 30 | which of [ndcg_cut_10, map] is meant?",
                "ndcg_cut_10 < 0.5 < 0.6 | 19 | expected the end, not '<'"
            })
    void showsThePlaceOfAnError(String condition, int character, String problem) {
        assertThatThrownBy(() -> FailCondition.parse(condition))
                .isInstanceOf(ConditionException.class)
                .hasMessageStartingWith("--fail-if: at character " + character + ": " + problem)
                .hasMessageContaining(System.lineSeparator() + "  " + condition + System.lineSeparator() + "  "
                        + " ".repeat(character - 1) + "^");
    }

    @Test
    void refusesToGoTooDeep() {
        assertThatThrownBy(() -> FailCondition.parse("map < " + "(".repeat(100_000)))
                .isInstanceOf(ConditionException.class)
                .hasMessageContaining("more than 50 levels deep");
        assertThat(ask("map < " + "(".repeat(50) + "1" + ")".repeat(50)).holds())
                .isTrue();
        assertThat(ask("map < (1) * (1) * (1) - -1").holds()).isTrue();
    }

    @Test
    void refusesANameThatNobodyHas() {
        // A minus sign without a space before it belongs to the name.
        assertThatThrownBy(() -> ask("ndcg_cut_10 < baseline-0.01"))
                .hasMessageStartingWith("--fail-if: at character 15: 'baseline-0.01' is neither a measure nor one of")
                .hasMessageContaining("baseline");
        assertThatThrownBy(() -> ask("ndgc_cut_10 < map"))
                .hasMessageStartingWith("--fail-if: at character 1: 'ndgc_cut_10' is neither a measure nor one of");
    }

    @Test
    void isNotDecidedWithoutAValue() {
        assertThatThrownBy(() -> ask("tau < 0.5"))
                .hasMessage("--fail-if \"tau < 0.5\" cannot be decided: new has no tau in this replay");
        assertThatThrownBy(() -> ask("map < live")).hasMessageContaining("live has no map in this replay");
    }

    @Test
    void knowsWhatItNeeds() {
        FailCondition condition = FailCondition.parse("P_5 + baseline.map < 2 * pairs_per_second");

        assertThat(condition.measures()).containsExactly("P_5", "map");
        assertThat(condition.namesBaseline()).isTrue();
        assertThat(FailCondition.parse("map < old").namesBaseline()).isFalse();
    }

    private static Verdict ask(String condition) {
        FailCondition parsed = FailCondition.parse(condition);
        parsed.requireNames(CONTENDERS);
        return parsed.ask(
                "new",
                "old",
                (contender, quantity) ->
                        VALUES.getOrDefault(contender, Map.of()).getOrDefault(quantity, Double.NaN));
    }
}
