package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class DrawingTest {
    private static final int DEVICES = 4;

    @Test
    void isSideBySideOnGpusAloneWhereNothingIsDrawnAgain() {
        assertThat(Drawing.of(2, true, false)).isEqualTo(Drawing.SIDE_BY_SIDE);
        assertThat(Drawing.of(2, true, true)).isEqualTo(Drawing.IN_TURN);
        assertThat(Drawing.of(2, false, false)).isEqualTo(Drawing.IN_TURN);
        assertThat(Drawing.of(1, true, true)).isEqualTo(Drawing.FREELY);
        assertThat(Drawing.of(0, false, false)).isEqualTo(Drawing.FREELY);
    }

    @ParameterizedTest
    @EnumSource(names = {"FREELY", "SIDE_BY_SIDE"})
    void beginsPassesOfAllDevicesAtATime(Drawing drawing) throws InterruptedException {
        // Nobody leaves before all are there.
        CyclicBarrier meeting = new CyclicBarrier(DEVICES);

        List<Thread> devices = devices(() -> drawing.begin(() -> {
            try {
                meeting.await(60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }));

        for (Thread device : devices) {
            device.join();
        }
        assertThat(meeting.isBroken()).isFalse();
        assertThat(meeting.getNumberWaiting()).isZero();
    }

    @Test
    void beginsNoPassBesideOneThatHasItsTurn() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Runnable pass = () -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            Thread.yield();
            inside.decrementAndGet();
        };

        List<Thread> devices = devices(() -> {
            for (int i = 0; i < 1000; i++) {
                Drawing.IN_TURN.begin(pass);
            }
        });

        for (Thread device : devices) {
            device.join();
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void letsAPassSideBySideWaitForOneThatHasItsTurn() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger order = new AtomicInteger();
        Thread alone = new Thread(() -> Drawing.IN_TURN.begin(() -> {
            begun.countDown();
            awaited(mayEnd);
            order.compareAndSet(0, 1);
        }));
        alone.start();
        begun.await();
        Thread beside = new Thread(() -> Drawing.SIDE_BY_SIDE.begin(() -> order.compareAndSet(1, 2)));
        beside.start();

        while (beside.getState() == Thread.State.NEW || beside.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        alone.join();
        beside.join();

        assertThat(order).hasValue(2);
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Thread> devices(Runnable work) {
        List<Thread> devices =
                IntStream.range(0, DEVICES).mapToObj(i -> new Thread(work)).toList();
        devices.forEach(Thread::start);
        return devices;
    }
}
