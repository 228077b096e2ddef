package io.streamrank.benchmarks;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Forward passes alone, token ids in and scores out, several at a time: packing, transfers and all that the device does.
 * The passes are planned beforehand and come in an order of their own, again and again, all of them as often.
 */
final class PassSpeed {
    private static final int SEED = 9;
    private static final double NANOS = 1e9;

    private final Reranker reranker;
    private final List<List<EncodedPair>> batches;
    private final int inFlight;
    private final AtomicLong next = new AtomicLong();

    PassSpeed(Reranker reranker, List<EncodedPair> pairs, int budget, int inFlight) {
        this.reranker = reranker;
        this.inFlight = inFlight;
        int[] lengths = pairs.stream().mapToInt(EncodedPair::tokens).toArray();
        List<PlannedBatch> plan = BatchPlanner.plan(lengths, new BatchPolicy(budget, BatchPolicy.DEFAULT_BATCH_PAIRS));
        batches = new ArrayList<>(plan.stream()
                .map(batch -> batch.pairs().stream().map(pairs::get).toList())
                .toList());
        Collections.shuffle(batches, new Random(SEED));
    }

    /** Scores all once unmeasured, and then for so long at least. */
    Speed measure(double seconds) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(inFlight);
        try {
            round(threads, 0);
            long began = System.nanoTime();
            long passes = round(threads, seconds);
            double took = (System.nanoTime() - began) / NANOS;
            long rounds = passes / batches.size();
            long pairs = batches.stream().mapToLong(List::size).sum();
            long tokens = batches.stream()
                    .flatMap(List::stream)
                    .mapToLong(EncodedPair::tokens)
                    .sum();
            return new Speed(rounds * pairs, rounds * tokens, passes, took);
        } finally {
            threads.shutdownNow();
        }
    }

    /** As many whole rounds as it takes; says how many passes that were. */
    private long round(ExecutorService threads, double seconds) throws InterruptedException {
        long until = System.nanoTime() + (long) (seconds * NANOS);
        next.set(0);
        AtomicLong end = new AtomicLong(Long.MAX_VALUE);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < inFlight; i++) {
            running.add(threads.submit(() -> {
                for (long pass = next.getAndIncrement(); pass < end.get(); pass = next.getAndIncrement()) {
                    if (pass > 0 && pass % batches.size() == 0 && System.nanoTime() >= until) {
                        end.accumulateAndGet(pass, Math::min);
                        return;
                    }
                    reranker.score(batches.get((int) (pass % batches.size())));
                }
            }));
        }
        for (Future<?> one : running) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a pass failed", e.getCause());
            }
        }
        return end.get();
    }
}
