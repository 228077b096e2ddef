package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InBatchNegativesTest {
    @Test
    void takesNoPositiveOfTheSameQueryFromAnotherLine() {
        // One line for each answer, as many collections have it; what else answers stands in the other line alone.
        Example first = new Example(
                "how deep is the sea",
                List.of(new Passage("3,700 metres", 1), new Passage("salty", 0)),
                Set.of("3,700 metres", "two miles and more"));
        Example second = new Example(
                "how deep is the sea",
                List.of(new Passage("four kilometres", 1), new Passage("blue", 0)),
                Set.of("four kilometres"));
        Example other = new Example(
                "who lives there",
                List.of(
                        new Passage("whales", 1),
                        new Passage("two miles and more", 0, Float.NaN, "two miles and more")),
                Set.of("whales"));

        List<Example> grown = InBatchNegatives.added(List.of(first, second, other), 9, 1);

        assertThat(negatives(grown.get(0))).containsExactlyInAnyOrder("salty", "blue", "whales");
        assertThat(negatives(grown.get(1))).containsExactlyInAnyOrder("salty", "blue", "whales");
        assertThat(negatives(grown.get(2)))
                .containsExactlyInAnyOrder("two miles and more", "3,700 metres", "four kilometres", "salty", "blue");
    }

    private static List<String> negatives(Example example) {
        return example.passages().stream()
                .filter(passage -> passage.label() == 0)
                .map(Passage::text)
                .toList();
    }
}
