package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
    @Test
    void drawsTheSameFromAnyPointOn() {
        SampledBatches batches = new SampledBatches(lines(7), 3, 2, 5);
        Iterator<List<Example>> all = batches.from(0);
        all.next();
        all.next();

        Iterator<List<Example>> later = batches.from(2);

        for (int i = 0; i < 5; i++) {
            assertThat(later.next()).isEqualTo(all.next());
        }
    }

    @Test
    void readsEveryLineOnceAnEpochInAnotherOrder() {
        Iterator<List<Example>> batches = new SampledBatches(lines(6), 3, 2, 5).from(0);
        List<List<String>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 2; epoch++) {
            List<String> queries = new ArrayList<>();
            batches.next().forEach(example -> queries.add(example.query()));
            batches.next().forEach(example -> queries.add(example.query()));
            epochs.add(queries);
        }

        assertThat(epochs.get(0)).doesNotHaveDuplicates().hasSize(6);
        assertThat(epochs.get(1))
                .containsExactlyInAnyOrderElementsOf(epochs.get(0))
                .isNotEqualTo(epochs.get(0));
    }

    @Test
    void putsOnePositiveBeforeNegativesDrawnAnew() {
        Iterator<List<Example>> batches = new SampledBatches(lines(1), 1, 2, 5).from(0);
        Set<List<Passage>> drawn = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            Example example = batches.next().get(0);
            assertThat(example.passages()).hasSize(3);
            assertThat(example.passages().stream().map(Passage::label)).containsExactly(1f, 0f, 0f);
            drawn.add(example.passages());
        }

        assertThat(drawn).hasSizeGreaterThan(3);
    }

    @Test
    void takesNegativesFromOtherQueriesButNoneTwice() {
        Example first = new Example("a", List.of(new Passage("x", 1), new Passage("y", 0)));
        Example second = new Example("b", List.of(new Passage("y", 1), new Passage("z", 0)));

        List<Example> grown = InBatchNegatives.added(List.of(first, second), 9, 1);

        assertThat(grown.get(0).passages())
                .containsExactly(new Passage("x", 1), new Passage("y", 0), new Passage("z", 0));
        assertThat(grown.get(1).passages())
                .containsExactly(new Passage("y", 1), new Passage("z", 0), new Passage("x", 0));
        assertThat(InBatchNegatives.added(List.of(first, second), 0, 1)).containsExactly(first, second);
    }

    private static List<TrainingLine> lines(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new TrainingLine(
                        "query " + i,
                        List.of(new Passage("yes " + i, 1)),
                        IntStream.range(0, 4)
                                .mapToObj(n -> new Passage("no " + i + " " + n, 0))
                                .toList()))
                .toList();
    }
}
