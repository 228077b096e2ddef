package io.streamrank.ingest;

import io.streamrank.batch.TransactionPacer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The three stages from event to commit, a thread each: while one transaction's pairs are scored, the next one's texts
 * are tokenized and the one before is committed. One batch may wait between stages, no more, so that events are taken
 * late and batches are full. Order is kept: each stage handles one batch after the other.
 */
final class Pipeline {
    private static final int HANDOVER = 1;
    private static final Duration MOMENT = Duration.ofSeconds(1);
    private static final Duration INTERRUPTED_PATIENCE = Duration.ofSeconds(4);

    private final Intake intake;
    private final Limits limits;
    private final TransactionPacer pacer;
    private final Encoder encoder;
    private final Scoring scoring;
    private final Publisher publisher;
    private final Consumer<CommitReport> onCommit;
    private final Consumer<Throwable> onFailure;

    private final BlockingQueue<Optional<EncodedBatch>> encoded = new ArrayBlockingQueue<>(HANDOVER);
    private final BlockingQueue<Optional<ScoredBatch>> scored = new ArrayBlockingQueue<>(HANDOVER);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean abandoned;

    Pipeline(
            Intake intake,
            Limits limits,
            TransactionPacer pacer,
            Encoder encoder,
            Scoring scoring,
            Publisher publisher,
            Consumer<CommitReport> onCommit,
            Consumer<Throwable> onFailure) {
        this.intake = intake;
        this.limits = limits;
        this.pacer = pacer;
        this.encoder = encoder;
        this.scoring = scoring;
        this.publisher = publisher;
        this.onCommit = onCommit;
        this.onFailure = onFailure;
    }

    void start() {
        startStage("streamrank-batch", this::takeAndEncode);
        startStage("streamrank-score", this::score);
        startStage("streamrank-publish", this::publish);
    }

    private void startStage(String name, Callable<Boolean> step) {
        Thread thread = new Thread(() -> runStage(step), name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** Repeats a stage's step until it says that there is nothing to come, or fails. */
    @SuppressWarnings("CatchingUnchecked") // whatever it is, the worker must end on it and say so
    private void runStage(Callable<Boolean> step) {
        try {
            boolean more = true;
            while (more && !abandoned) {
                more = step.call();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (!abandoned) {
                onFailure.accept(e);
            }
        } catch (Throwable e) {
            if (!abandoned) {
                onFailure.accept(e);
            }
        }
    }

    private boolean takeAndEncode() throws InterruptedException {
        List<Event> events =
                intake.take(limits.maxBatchRequests(), limits.linger().toNanos(), pacer::budgetChars);
        if (events.isEmpty()) {
            encoded.put(Optional.empty());
            return false;
        }
        encoded.put(Optional.of(encoder.encode(events)));
        return true;
    }

    private boolean score() throws InterruptedException {
        Optional<EncodedBatch> batch = encoded.take();
        if (batch.isEmpty()) {
            scored.put(Optional.empty());
            return false;
        }
        long start = System.nanoTime();
        ScoredBatch result = scoring.score(batch.get());
        pacer.scored(batch.get().chars(), Duration.ofNanos(System.nanoTime() - start));
        scored.put(Optional.of(result));
        return true;
    }

    private boolean publish() throws InterruptedException {
        Optional<ScoredBatch> batch = scored.take();
        if (batch.isEmpty()) {
            return false;
        }
        Optional<CommitReport> report = publisher.publish(batch.get());
        intake.settled(batch.get().events());
        report.ifPresent(onCommit);
        return true;
    }

    /**
     * Ends the stages, once the intake is closed and every lease has ended: what they still hold cannot be published,
     * so they get a moment to come to their end and are interrupted then. A forward pass cannot be interrupted and may
     * be left behind.
     */
    void stop() throws InterruptedException {
        try {
            join(MOMENT);
        } finally {
            abandoned = true;
            threads.forEach(Thread::interrupt);
        }
        join(INTERRUPTED_PATIENCE);
    }

    private void join(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        }
    }
}
