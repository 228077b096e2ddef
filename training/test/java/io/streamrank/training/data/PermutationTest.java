package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PermutationTest {
    @Test
    void holdsEachNumberOnce() {
        for (long size : new long[] {1, 2, 3, 4, 5, 16, 17, 1000, 4097}) {
            Permutation permutation = new Permutation(size, 7);

            assertThat(LongStream.range(0, size).map(permutation::at).sorted())
                    .as("size %d", size)
                    .containsExactlyElementsOf(LongStream.range(0, size).boxed().toList());
        }
    }

    @Test
    void dependsOnTheSeedAlone() {
        long[] order =
                LongStream.range(0, 1000).map(new Permutation(1000, 1)::at).toArray();

        assertThat(LongStream.range(0, 1000).map(new Permutation(1000, 1)::at).toArray())
                .isEqualTo(order);
        assertThat(LongStream.range(0, 1000).map(new Permutation(1000, 2)::at).toArray())
                .isNotEqualTo(order);
    }

    @Test
    void leavesHardlyAnythingWhereItWas() {
        Permutation permutation = new Permutation(10_000, 3);

        long fixed = LongStream.range(0, 10_000)
                .filter(place -> permutation.at(place) == place)
                .count();
        long rising = LongStream.range(1, 10_000)
                .filter(place -> permutation.at(place) > permutation.at(place - 1))
                .count();

        // One is to be expected of a random order, and rises at half of the places.
        assertThat(fixed).isLessThan(10);
        assertThat(rising).isBetween(4_800L, 5_200L);
    }

    @Test
    void hasNoPlacesBeyondItsSize() {
        assertThatThrownBy(() -> new Permutation(5, 0).at(5)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
