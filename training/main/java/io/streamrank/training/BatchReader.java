package io.streamrank.training;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads batches ahead of the device, in order: one thread reads texts, several turn each a batch of them into tokens and
 * pack it. So many batches are there ahead as there are threads, and one more.
 *
 * @param <T> what a batch becomes
 */
final class BatchReader<T> implements AutoCloseable {
    /** Cores left to what drives the device. */
    private static final int OTHER_CORES = 2;

    private static final int MOST_THREADS = 16;

    private final BlockingQueue<CompletableFuture<@Nullable T>> ahead;
    private final ExecutorService workers;
    private final Thread reader;
    private volatile boolean closed;

    /** What becomes of a batch. */
    interface Preparation<T> {
        /**
         * Makes it ready for the device.
         *
         * @param number of the batch, counted from 0
         */
        T prepare(List<Example> batch, long number);
    }

    /**
     * @param batches read by one thread, from here on by this alone
     * @param first number of the first of them
     * @param preparation called by several threads
     */
    BatchReader(Iterator<List<Example>> batches, long first, Preparation<T> preparation) {
        this(
                batches,
                first,
                preparation,
                Math.min(MOST_THREADS, Math.max(1, Runtime.getRuntime().availableProcessors() - OTHER_CORES)));
    }

    /** @param threads that prepare batches */
    BatchReader(Iterator<List<Example>> batches, long first, Preparation<T> preparation, int threads) {
        ahead = new ArrayBlockingQueue<>(threads + 1);
        ThreadFactory daemons = task -> {
            Thread thread = new Thread(task, "training-reader");
            thread.setDaemon(true);
            return thread;
        };
        workers = Executors.newFixedThreadPool(threads, daemons);
        reader = daemons.newThread(() -> read(batches, first, preparation));
        reader.start();
    }

    private void read(Iterator<List<Example>> batches, long first, Preparation<T> preparation) {
        try {
            try {
                for (long next = first; !closed && batches.hasNext(); next++) {
                    List<Example> batch = batches.next();
                    long number = next;
                    ahead.put(CompletableFuture.supplyAsync(() -> preparation.prepare(batch, number), workers));
                }
                ahead.put(CompletableFuture.completedFuture(null));
            } catch (RuntimeException | Error e) {
                // Whoever waits must hear of it, whatever it is.
                ahead.put(CompletableFuture.failedFuture(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next batch; null after the last, and then no more. */
    @Nullable T next() {
        try {
            return ahead.take().join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TrainingException("interrupted while it waited for a batch");
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Waits until nothing is read or prepared any more: what that takes may then be closed. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        while (reader.isAlive()) {
            // Room for what it may be waiting to hand over. An interrupt would close the files it reads.
            ahead.clear();
            try {
                reader.join(1);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        List<Runnable> unused = workers.shutdownNow();
        for (boolean over = false; !over; ) {
            try {
                over = workers.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
