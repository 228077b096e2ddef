package io.streamrank.ingest;

import io.streamrank.batch.TransactionPacer;
import io.streamrank.ingest.BatchTrace.Step;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The three stages from event to commit, a thread each: while one transaction's pairs are scored, the next one's texts
 * are tokenized and the one before is committed. One batch may wait between stages, no more, so that events are taken
 * late and batches are full. Order is kept: each stage handles one batch after the other. Direct requests take the same
 * way, in batches of their own, and are answered once they are scored: nothing of them is published or counted with
 * events.
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
    private final Clock clock;
    private final PipelineObserver observer;
    private final Consumer<Throwable> onFailure;

    private final BlockingQueue<Optional<Encoded>> encoded = new ArrayBlockingQueue<>(HANDOVER);
    private final BlockingQueue<Optional<Done<ScoredBatch>>> scored = new ArrayBlockingQueue<>(HANDOVER);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean abandoned;

    Pipeline(
            Intake intake,
            Limits limits,
            TransactionPacer pacer,
            Encoder encoder,
            Scoring scoring,
            Publisher publisher,
            Clock clock,
            PipelineObserver observer,
            Consumer<Throwable> onFailure) {
        this.intake = intake;
        this.limits = limits;
        this.pacer = pacer;
        this.encoder = encoder;
        this.scoring = scoring;
        this.publisher = publisher;
        this.clock = clock;
        this.observer = observer;
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
        Optional<Taken> taken =
                intake.take(limits.maxBatchRequests(), limits.linger().toNanos(), pacer::budgetChars);
        if (taken.isEmpty()) {
            encoded.put(Optional.empty());
            return false;
        }
        encoded.put(Optional.of(encode(taken.get())));
        return true;
    }

    private Encoded encode(Taken taken) throws InterruptedException {
        if (taken instanceof Taken.Direct direct) {
            return new Encoded.Direct(direct.requests(), encoder.encode(direct.requests()));
        }
        List<Event> events = ((Taken.Events) taken).events();
        List<Event.Accepted> accepted = events.stream()
                .filter(Event.Accepted.class::isInstance)
                .map(Event.Accepted.class::cast)
                .toList();
        Done<EncodedBatch<Event.Accepted>> done =
                new Journey(events).through(Step.TOKENIZE, () -> encoder.encode(accepted));
        return new Encoded.Events(done.journey(), done.result());
    }

    private boolean score() throws InterruptedException {
        Optional<Encoded> batch = encoded.take();
        if (batch.isEmpty()) {
            scored.put(Optional.empty());
            return false;
        }
        if (batch.get() instanceof Encoded.Direct direct) {
            answer(direct);
        } else {
            scored.put(Optional.of(score((Encoded.Events) batch.get())));
        }
        return true;
    }

    private Done<ScoredBatch> score(Encoded.Events events) throws InterruptedException {
        Journey journey = events.journey();
        EncodedBatch<Event.Accepted> batch = events.batch();
        Done<ScoredBatch> done =
                journey.through(Step.INFER, () -> ScoredBatch.of(journey.events, scoring.score(batch)));
        pacer.scored(batch.chars(), done.took());
        return done;
    }

    private void answer(Encoded.Direct direct) throws InterruptedException {
        Verdicts<DirectRequest> verdicts = scoring.score(direct.batch());
        // Before the answers, so that who has one finds room for the next.
        intake.settledDirect(direct.requests());
        DirectAnswers.give(verdicts);
    }

    private boolean publish() throws InterruptedException {
        Optional<Done<ScoredBatch>> batch = scored.take();
        if (batch.isEmpty()) {
            return false;
        }
        ScoredBatch toPublish = batch.get().result();
        Journey journey = batch.get().journey();
        Optional<CommitReport> report = journey.through(Step.PUBLISH, () -> publisher.publish(toPublish))
                .result();
        intake.settled(toPublish.events());
        if (report.isPresent()) {
            observer.committed(report.get());
            observer.outcomesCommitted(
                    publisher.takeSent().stream().map(Outcome::committed).toList());
        }
        observer.ended(journey.trace(report, null));
        return true;
    }

    /** What the scoring stage gets. */
    private sealed interface Encoded {
        /** To be published. */
        record Events(Journey journey, EncodedBatch<Event.Accepted> batch) implements Encoded {}

        /** To be answered. */
        record Direct(List<DirectRequest> requests, EncodedBatch<DirectRequest> batch) implements Encoded {}
    }

    /** A stage's work on a batch. */
    private interface Work<T> {
        T result() throws InterruptedException;
    }

    /** What a stage has made of a batch. */
    private record Done<T>(T result, Duration took, Journey journey) {}

    /** A batch's way through the stages, handed on from one to the next. */
    private final class Journey {
        private final List<Event> events;
        private final List<BatchTrace.Stage> stages = new ArrayList<>();

        Journey(List<Event> events) {
            this.events = events;
        }

        <T> Done<T> through(Step step, Work<T> work) throws InterruptedException {
            Instant start = clock.instant();
            long startNanos = System.nanoTime();
            try {
                T result = work.result();
                return new Done<>(result, passed(step, start, startNanos), this);
            } catch (RuntimeException | Error e) {
                passed(step, start, startNanos);
                if (!abandoned) {
                    observer.ended(trace(Optional.empty(), e));
                }
                throw e;
            }
        }

        private Duration passed(Step step, Instant start, long startNanos) {
            Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
            stages.add(new BatchTrace.Stage(step, start, took));
            return took;
        }

        BatchTrace trace(Optional<CommitReport> committed, @Nullable Throwable failure) {
            boolean published = stages.size() == Step.values().length;
            return new BatchTrace(
                    stages, committed, failure, published ? publisher.failedDeliveries() : 0, BatchTrace.of(events));
        }
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
