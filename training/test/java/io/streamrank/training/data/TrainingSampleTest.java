package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.training.Example;
import io.streamrank.training.Passage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The sample in the repository gives the groups that its README promises. */
class TrainingSampleTest {
    @Test
    void givesGroupsOfOnePositiveAndSevenNegatives() throws IOException {
        DataSet sample = DataSet.parse("sample", Map.of("beir", "samples/squad11-train", "negatives", "7"));
        try (GroupSource source = DataSet.open(List.of(sample), 1)) {
            List<Example> groups = new ArrayList<>();
            source.epoch(0, 0).forEachRemaining(groups::add);

            assertThat(groups).hasSize(1479).allSatisfy(group -> {
                assertThat(group.passages()).hasSize(8).doesNotHaveDuplicates();
                assertThat(group.passages().get(0).label()).isEqualTo(1);
                assertThat(group.passages().subList(1, 8))
                        .extracting(Passage::label)
                        .containsOnly(0f);
            });
            assertThat(groups.stream().map(Example::query).distinct()).hasSizeGreaterThan(1450);
        }
    }
}
