package io.streamrank.ingest;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PairTokens;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.batch.TokenCap;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.DeviceFault;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's forward passes, and what becomes of those that fail. Out of memory: planned again, half as large, and the
 * size is remembered. A busy device: tried again after a while. Anything else: halved and halved again, until the pair
 * that fails alone is found and its request given up, while all others are scored. A score that is no number counts as
 * the failure of its pair. Where the policy allows it, passes are begun before their turn, so that a GPU need not wait for
 * the next one. For the scoring thread alone.
 */
final class ForwardPasses {
    private static final Logger LOG = LoggerFactory.getLogger(ForwardPasses.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);

    private final Reranker reranker;
    private final DeviceLimits limits;
    private final Heartbeats heartbeats;
    private final PipelineObserver observer;
    private final Soundness soundness;
    private final TokenCap cap = new TokenCap();

    /** Whether passes at the same time have taken too much memory, so that they come one after the other now. */
    private boolean oneAtATime;

    ForwardPasses(Reranker reranker, DeviceLimits limits, Heartbeats heartbeats, PipelineObserver observer) {
        this.reranker = reranker;
        this.limits = limits;
        this.heartbeats = heartbeats;
        this.observer = observer;
        this.soundness = new Soundness(reranker, limits.maxUnscorable(), this::scoreSoundPair);
    }

    /**
     * What scoring a share took.
     *
     * @param passes forward passes that gave scores
     * @param splits those that ran out of memory instead
     * @param tokensRead tokens read in them
     * @param cachedTokens leading tokens that were not read, as the model knew what comes after them
     * @param stateCache how the model remembered documents
     */
    record Effort(int passes, int splits, long tokensRead, long cachedTokens, CacheStatistics stateCache) {}

    /**
     * Scores what is wanted of a share.
     *
     * @throws WorkerFailedException if the model or its device is beyond use
     */
    Effort score(Share<?> share, BatchPolicy policy) throws InterruptedException {
        List<Integer> all = IntStream.range(0, share.pairs().size()).boxed().toList();
        Run run = new Run(share, policy);
        long saved = reranker.savedTokens();
        CacheStatistics stateCache = reranker.stateCache();
        run.plannedPasses(all);
        // A model that moved to another device counts anew.
        long cached = Math.max(0, reranker.savedTokens() - saved);
        return new Effort(
                run.passes,
                run.splits,
                Math.max(0, run.tokens - cached),
                cached,
                reranker.stateCache().since(stateCache));
    }

    /** A share being scored. Pairs go by their index in it. */
    private final class Run {
        private final Share<?> share;
        private final BatchPolicy policy;
        private int passes;
        private int splits;
        private long tokens;

        Run(Share<?> share, BatchPolicy policy) {
            this.share = share;
            this.policy = policy;
        }

        void plannedPasses(List<Integer> pairs) throws InterruptedException {
            List<PlannedBatch> plan = plan(pairs);
            PassesAhead ahead = new PassesAhead();
            try {
                for (int turn = 0; turn < plan.size(); turn++) {
                    PlannedBatch planned = plan.get(turn);
                    List<Integer> batch = batch(planned, pairs);
                    begin(ahead, turn, plan, pairs);
                    Optional<float[]> scores = ahead.take(turn, this::failedAhead);
                    if (scores.isPresent()) {
                        taken(batch, planned.tokens(), scores.get());
                        continue;
                    }
                    ahead.await();
                    if (turn == 0
                            || costsWhatWasPlanned(planned, batch)
                            || plan(batch).size() == 1) {
                        pass(batch, planned.tokens());
                    } else {
                        // The passes before made the model forget what this batch had counted on, or lowered the cap.
                        plannedPasses(batch);
                    }
                }
            } catch (RuntimeException e) {
                // Nothing of this share is under way when it is given up or scored again.
                ahead.await();
                throw e;
            }
        }

        private List<Integer> batch(PlannedBatch planned, List<Integer> pairs) {
            return planned.pairs().stream().map(pairs::get).toList();
        }

        /** Begins the passes whose turn it is or comes next, as many as there may be at a time. */
        private void begin(PassesAhead ahead, int turn, List<PlannedBatch> plan, List<Integer> pairs) {
            int end = Math.min(plan.size(), turn + policy.passesInFlight());
            for (int next = turn; next < end && !oneAtATime && plan.size() > 1 && policy.passesInFlight() > 1; next++) {
                List<Integer> batch = batch(plan.get(next), pairs);
                if (costsWhatWasPlanned(plan.get(next), batch) && batch.stream().allMatch(share::isWanted)) {
                    List<EncodedPair> encoded =
                            batch.stream().map(share.pairs()::get).toList();
                    ahead.begin(next, () -> heartbeats.inPass(() -> reranker.score(encoded)));
                }
            }
        }

        private void failedAhead(Throwable error) {
            if (!oneAtATime
                    && error instanceof RuntimeException failure
                    && DeviceFault.of(failure) == DeviceFault.OUT_OF_MEMORY) {
                oneAtATime = true;
                LOG.warn(
                        "Model {} ran out of memory with {} passes at a time; from now on one: {}",
                        reranker.model().id(),
                        policy.passesInFlight(),
                        ErrorText.firstLine(failure));
            }
        }

        /** Certain without planning again: pairs that share nothing cannot have become longer. */
        private boolean costsWhatWasPlanned(PlannedBatch planned, List<Integer> batch) {
            return planned.tokens() <= cap.limit(policy).maxBatchTokens()
                    && batch.stream()
                            .noneMatch(
                                    index -> reranker.sharedTokens(share.pairs().get(index)) > 0);
        }

        private List<PlannedBatch> plan(List<Integer> pairs) {
            List<PairTokens> asked = PrefixSharing.of(
                    reranker, pairs.stream().map(share.pairs()::get).toList());
            return BatchPlanner.plan(asked, cap.limit(policy));
        }

        private void pass(List<Integer> planned, int tokens) throws InterruptedException {
            List<Integer> pairs = planned.stream().filter(share::isWanted).toList();
            if (pairs.isEmpty()) {
                return;
            }
            try {
                taken(pairs, tokens, scoreWhenReady(pairs));
            } catch (UnservedPassException e) {
                mend(pairs, tokens, e.error());
            }
        }

        private void taken(List<Integer> pairs, int tokens, float[] scores) throws InterruptedException {
            passes++;
            this.tokens += pairs.stream()
                    .mapToLong(pair -> share.pairs().get(pair).tokens())
                    .sum();
            cap.held(tokens);
            take(pairs, scores);
        }

        private void mend(List<Integer> pairs, int tokens, RuntimeException error) throws InterruptedException {
            if (pairs.size() == 1) {
                giveUp(pairs.get(0), error);
            } else if (DeviceFault.of(error) == DeviceFault.OUT_OF_MEMORY) {
                splits++;
                cap.ranOut(tokens);
                LOG.warn(
                        "Model {} ran out of memory on {} pairs of {} tokens; from now on {} tokens at most: {}",
                        reranker.model().id(),
                        pairs.size(),
                        tokens,
                        cap.limit(policy).maxBatchTokens(),
                        ErrorText.firstLine(error));
                plannedPasses(pairs);
            } else {
                int half = pairs.size() / 2;
                pass(pairs.subList(0, half), tokens / 2);
                pass(pairs.subList(half, pairs.size()), tokens / 2);
            }
        }

        private void take(List<Integer> pairs, float[] scores) throws InterruptedException {
            if (scores.length != pairs.size()) {
                throw new IllegalStateException("model " + reranker.model().id() + " gave " + scores.length
                        + " scores for " + pairs.size() + " pairs");
            }
            for (int i = 0; i < scores.length; i++) {
                if (Float.isFinite(scores[i])) {
                    share.scored(pairs.get(i), scores[i]);
                    soundness.succeeded();
                } else if (pairs.size() == 1) {
                    giveUp(pairs.get(i), new ArithmeticException("its score is " + scores[i]));
                }
            }
            for (int i = 0; i < scores.length && pairs.size() > 1; i++) {
                if (!Float.isFinite(scores[i])) {
                    pass(List.of(pairs.get(i)), share.pairs().get(pairs.get(i)).tokens());
                }
            }
        }

        private void giveUp(int pair, RuntimeException error) {
            soundness.failed(share.failed(pair, error), ErrorText.firstLine(error), error);
        }

        /** Scores pairs, as soon as the device takes them. */
        private float[] scoreWhenReady(List<Integer> indices) throws InterruptedException, UnservedPassException {
            List<EncodedPair> pairs = indices.stream().map(share.pairs()::get).toList();
            Backoff backoff = new Backoff(FIRST_BACKOFF);
            long start = System.nanoTime();
            while (true) {
                try {
                    return heartbeats.inPass(() -> reranker.score(pairs));
                } catch (RuntimeException e) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException("interrupted while scoring");
                    }
                    DeviceFault fault = DeviceFault.of(e);
                    boolean inTime =
                            System.nanoTime() - start < limits.retryTimeout().toNanos();
                    // One pair cannot be made smaller, but the memory may be another's who gives it back.
                    boolean waits =
                            fault == DeviceFault.TRANSIENT || (fault == DeviceFault.OUT_OF_MEMORY && pairs.size() == 1);
                    if (fault == DeviceFault.LOST || (fault == DeviceFault.TRANSIENT && !inTime)) {
                        throw beyondUse(e);
                    }
                    if (!waits || !inTime) {
                        throw new UnservedPassException(e);
                    }
                    observer.deviceRefused(reranker.model());
                    LOG.warn(
                            "Model {} waits for its device: {}",
                            reranker.model().id(),
                            ErrorText.firstLine(e));
                    backoff.sleep();
                }
            }
        }

        private WorkerFailedException beyondUse(RuntimeException error) {
            return new WorkerFailedException(
                    "the device " + reranker.device() + " of model "
                            + reranker.model().id() + " is lost or does not recover: "
                            + ErrorText.firstLine(error),
                    error);
        }
    }

    private void scoreSoundPair(Reranker reranker) {
        List<EncodedPair> pair = reranker.encode("a query", List.of("a document 1"));
        float[] scores = heartbeats.inPass(() -> reranker.score(pair));
        if (!Float.isFinite(scores[0])) {
            throw new ArithmeticException("the score of a sound pair is " + scores[0]);
        }
    }

    /** A pass that failed though the device was ready. */
    private static final class UnservedPassException extends Exception {
        private static final long serialVersionUID = 1L;

        private final RuntimeException error;

        UnservedPassException(RuntimeException error) {
            super(error);
            this.error = error;
        }

        RuntimeException error() {
            return error;
        }
    }
}
