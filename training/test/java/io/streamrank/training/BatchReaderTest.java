package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchReaderTest {
    private static final int BATCHES = 60;

    private static final List<List<Example>> ALL = IntStream.range(0, BATCHES)
            .mapToObj(seed -> GoldenCheckpoint.examples(seed, 1, 2))
            .toList();

    @Test
    void handsBatchesOverInOrderHoweverLongEachTakes() {
        try (BatchReader<PreparedBatch> reader = new BatchReader<>(ALL.iterator(), 5, (batch, number) -> {
            LockSupport.parkNanos((number % 3) * 1_000_000);
            return prepared(number);
        })) {
            for (int i = 0; i < BATCHES; i++) {
                assertThat(reader.next()).isEqualTo(prepared(5 + i));
            }
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void handsBatchesOverInOrderThatSeveralThreadsPrepareAtOnce() {
        CountDownLatch second = new CountDownLatch(1);
        try (BatchReader<PreparedBatch> reader = new BatchReader<>(
                ALL.iterator(),
                0,
                (batch, number) -> {
                    if (number == 1) {
                        second.countDown();
                    } else if (number == 0) {
                        await(second);
                    } else {
                        LockSupport.parkNanos((4 - number % 4) * 1_000_000);
                    }
                    return prepared(number);
                },
                4)) {
            for (int i = 0; i < BATCHES; i++) {
                assertThat(reader.next()).isEqualTo(prepared(i));
            }
            assertThat(reader.next()).isNull();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new TrainingException("no other batch was prepared meanwhile");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void readsNoFurtherAheadThanItHasRoom() {
        AtomicInteger read = new AtomicInteger();
        Iterator<List<Example>> counted =
                ALL.stream().peek(batch -> read.incrementAndGet()).iterator();
        try (BatchReader<PreparedBatch> reader = new BatchReader<>(counted, 0, (batch, number) -> prepared(number))) {
            reader.next();
            LockSupport.parkNanos(200_000_000);

            assertThat(read.get()).isLessThan(BATCHES);
        }
    }

    @Test
    void failsWhereABatchDoesAndNotBefore() {
        try (BatchReader<PreparedBatch> reader = new BatchReader<>(ALL.iterator(), 0, (batch, number) -> {
            if (number == 2) {
                throw new TrainingException("broken");
            }
            return prepared(number);
        })) {
            reader.next();
            reader.next();

            assertThatThrownBy(reader::next)
                    .isInstanceOf(TrainingException.class)
                    .hasMessage("broken");
        }
    }

    @Test
    void failsWhereReadingDoes() {
        Iterator<List<Example>> broken = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public List<Example> next() {
                throw new TrainingException("line 7");
            }
        };
        try (BatchReader<PreparedBatch> reader = new BatchReader<>(broken, 0, (batch, number) -> prepared(number))) {
            assertThatThrownBy(reader::next).hasMessage("line 7");
        }
    }

    @Test
    void readsNothingAnyMoreOnceClosed() {
        AtomicInteger read = new AtomicInteger();
        Iterator<List<Example>> counted =
                ALL.stream().peek(batch -> read.incrementAndGet()).iterator();
        BatchReader<PreparedBatch> reader = new BatchReader<>(counted, 0, (batch, number) -> prepared(number));
        reader.next();

        reader.close();

        int then = read.get();
        LockSupport.parkNanos(50_000_000);
        assertThat(read.get()).isEqualTo(then);
    }

    @Test
    void waitsForWhatIsBeingPreparedWhenItIsClosed() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        BatchReader<PreparedBatch> reader = new BatchReader<>(
                ALL.iterator(),
                0,
                (batch, number) -> {
                    running.incrementAndGet();
                    begun.countDown();
                    // A tokenizer knows nothing of interrupts.
                    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
                    while (System.nanoTime() < end) {
                        LockSupport.parkNanos(end - System.nanoTime());
                    }
                    running.decrementAndGet();
                    return prepared(number);
                },
                2);
        begun.await();

        reader.close();

        assertThat(running).hasValue(0);
    }

    private static PreparedBatch prepared(long number) {
        return new PreparedBatch(1, 2, number, List.of());
    }
}
