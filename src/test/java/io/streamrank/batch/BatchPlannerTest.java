package io.streamrank.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlannerTest {

    @Test
    void plansNothingForNothing() {
        assertThat(BatchPlanner.plan(new int[0], new BatchPolicy(100, 10))).isEmpty();
    }

    @Test
    void putsWhatFitsIntoOneBatchLongestFirst() {
        List<PlannedBatch> batches = BatchPlanner.plan(new int[] {10, 30, 20}, new BatchPolicy(60, 10));

        assertThat(batches).containsExactly(new PlannedBatch(List.of(1, 2, 0), 60));
    }

    @Test
    void sharesEvenlyInsteadOfLeavingARemainder() {
        int[] lengths = IntStream.generate(() -> 10).limit(11).toArray();

        List<PlannedBatch> batches = BatchPlanner.plan(lengths, new BatchPolicy(100, 100));

        assertThat(batches).extracting(PlannedBatch::tokens).containsExactly(60, 50);
    }

    @Test
    void givesAPairOverTheBudgetABatchOfItsOwn() {
        List<PlannedBatch> batches = BatchPlanner.plan(new int[] {5, 500, 5}, new BatchPolicy(100, 100));

        assertThat(batches.get(0)).isEqualTo(new PlannedBatch(List.of(1), 500));
        assertThat(batches).hasSize(2);
    }

    @Test
    void neverExceedsTheMostPairs() {
        List<PlannedBatch> batches =
                BatchPlanner.plan(IntStream.generate(() -> 1).limit(10).toArray(), new BatchPolicy(100, 4));

        assertThat(batches).extracting(batch -> batch.pairs().size()).containsExactly(4, 4, 2);
    }

    @Test
    void holdsEveryPairOnceWithinTheBudgetForAnyLengths() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            int budget = 1 + random.nextInt(600);
            int[] lengths = random.ints(random.nextInt(200), 1, 200).toArray();

            List<PlannedBatch> batches = BatchPlanner.plan(lengths, new BatchPolicy(budget, 1 + random.nextInt(50)));

            assertThat(batches.stream().flatMap(batch -> batch.pairs().stream()))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, lengths.length).boxed().toList());
            assertThat(batches).allSatisfy(batch -> {
                int tokens =
                        batch.pairs().stream().mapToInt(pair -> lengths[pair]).sum();
                assertThat(batch.tokens()).isEqualTo(tokens);
                assertThat(tokens <= budget || batch.pairs().size() == 1).isTrue();
            });
        }
    }
}
