package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.model.EncodedPair;
import io.streamrank.model.Trainable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MicroBatchBudgetTest {
    private static Trainable trainable;

    private final List<Group> done = new ArrayList<>();

    @BeforeAll
    static void open() {
        trainable = GoldenCheckpoint.open("bert");
    }

    @AfterAll
    static void close() {
        trainable.close();
    }

    @Test
    void makesPassesSmallerUntilTheyFit() {
        MicroBatchBudget budget = new MicroBatchBudget(1 << 20, trainable);
        List<Group> batch = List.of(group(3, 20), group(3, 20), group(3, 20), group(3, 20));
        PreparedBatch prepared = budget.prepare(batch);

        budget.each(prepared, part -> passOf(part, 130));

        assertThat(prepared.parts()).hasSize(1);
        assertThat(done).containsExactlyElementsOf(batch);
        assertThat(budget.tokens()).isEqualTo(120);
        assertThat(budget.prepare(batch).parts()).hasSize(2);
    }

    @Test
    void takesAGroupApartThatDoesNotFit() {
        MicroBatchBudget budget = new MicroBatchBudget(1 << 20, trainable);
        Group group = group(8, 10);

        budget.each(budget.prepare(List.of(group)), part -> passOf(part, 25));

        assertThat(done).containsExactly(group);
        assertThat(budget.tokens()).isEqualTo(20);
    }

    @Test
    void scoresInSmallerPassesUntilTheyFit() {
        MicroBatchBudget budget = new MicroBatchBudget(1 << 20, trainable);
        List<EncodedPair> pairs = IntStream.range(0, 7)
                .mapToObj(i -> new EncodedPair(IntStream.range(i, i + 10).toArray(), new int[0], false))
                .toList();
        List<Integer> passes = new ArrayList<>();

        float[] scores = budget.score(pairs, some -> {
            if (some.size() > 2) {
                throw new IllegalStateException("CUDA out of memory");
            }
            passes.add(some.size());
            float[] found = new float[some.size()];
            for (int i = 0; i < found.length; i++) {
                found[i] = pairs.indexOf(some.get(i));
            }
            return found;
        });

        assertThat(scores).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(passes).allMatch(size -> size <= 2);
        assertThat(budget.tokens()).isLessThanOrEqualTo(20);
        assertThatThrownBy(() -> budget.score(pairs, some -> {
                    throw new IllegalStateException("CUDA out of memory");
                }))
                .hasMessageContaining("out of memory");
    }

    @Test
    void beginsNoPassOnceItIsStopped() {
        MicroBatchBudget budget = new MicroBatchBudget(60, trainable);
        PreparedBatch prepared = budget.prepare(List.of(group(3, 20), group(3, 20), group(3, 20)));

        assertThatThrownBy(() -> budget.each(prepared, part -> {
                    done.addAll(part.groups());
                    budget.stop();
                }))
                .isInstanceOf(CancellationException.class);

        assertThat(prepared.parts()).hasSize(3);
        assertThat(done).hasSize(1);
    }

    @Test
    void failsWhereASinglePairDoesNotFit() {
        MicroBatchBudget budget = new MicroBatchBudget(1 << 20, trainable);
        PreparedBatch prepared = budget.prepare(List.of(group(2, 30)));

        assertThatThrownBy(() -> budget.each(prepared, part -> passOf(part, 29)))
                .hasMessageContaining("out of memory");
        assertThat(done).isEmpty();
    }

    @Test
    void passesOtherFailuresOn() {
        MicroBatchBudget budget = new MicroBatchBudget(1 << 20, trainable);
        PreparedBatch prepared = budget.prepare(List.of(group(2, 30)));

        assertThatThrownBy(() -> budget.each(prepared, part -> {
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        assertThat(budget.tokens()).isEqualTo(1 << 20);
    }

    /** A device that has room for so many tokens. */
    private void passOf(PreparedBatch.Part part, int room) {
        if (part.tokensOfAPass() > room) {
            throw new IllegalStateException("CUDA out of memory");
        }
        done.addAll(part.groups());
    }

    private static Group group(int pairs, int tokens) {
        List<EncodedPair> all = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            all.add(new EncodedPair(new int[tokens], new int[0], false));
        }
        return new Group(all, new float[pairs], new float[pairs]);
    }
}
