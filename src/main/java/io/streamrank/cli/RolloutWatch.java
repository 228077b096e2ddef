package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.cli.RolloutFile.UnusableException;
import io.streamrank.cli.RolloutFile.Wish;
import io.streamrank.ingest.Models;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.ingest.RolloutReport.Rollout;
import io.streamrank.ingest.RolloutReport.State;
import io.streamrank.model.Reranker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Follows the rollout file: loads models' next revisions beside those that serve, gives them their share of requests,
 * and closes those that are given up once nothing in hand is for them. Whatever cannot be followed changes nothing for
 * requests, and is told. Looks at the file's content now and then, as notices of changes don't reach through the links
 * by which Kubernetes mounts a ConfigMap.
 */
final class RolloutWatch implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");
    private static final long LOAD_STEP_MILLIS = 50;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final RolloutFile file;
    private final Models models;
    private final Loader loader;
    private final Predicate<Reranker> isRanking;
    private final Duration interval;
    private final Duration retryInterval;
    private final LongSupplier nanoTime;
    private final Executor loading;

    private final Map<String, Progress> progress = new TreeMap<>();
    private final Map<String, Loaded> loaded = new TreeMap<>();
    private final List<Reranker> givenUp = new CopyOnWriteArrayList<>();
    private final Map<String, Load> loads = new TreeMap<>();
    private List<Wish> wishes = List.of();
    private @Nullable String text;
    private volatile RolloutReport report = RolloutReport.NONE;
    private volatile boolean closing;
    private @Nullable Thread thread;

    /** Reads checkpoints and loads them. */
    interface Loader {
        /** The SHA-256 of a checkpoint, of which its revision is the first digits. */
        String digest(Path folder);

        /**
         * Loads a next revision.
         *
         * @param first the revision that it is to stand beside
         * @param held everything that is loaded
         */
        Reranker load(Path folder, Reranker first, List<Reranker> held);
    }

    /** What is wanted and how far it is. */
    private record Progress(Wish wish, State state, Optional<String> revision, Optional<String> error, long retryAt) {
        Rollout told() {
            return new Rollout(wish.model(), wish.folder().toString(), revision, wish.share(), state, error);
        }
    }

    private record Loaded(Path folder, String digest, Reranker reranker) {}

    /**
     * @param isRanking whether a request in hand is for a model, so that it must not be closed yet
     * @param interval how often the file is looked at
     * @param retryInterval after which what could not be loaded is tried again
     * @param loading loads one after the other, in a thread of its own
     */
    RolloutWatch(
            RolloutFile file,
            Models models,
            Loader loader,
            Predicate<Reranker> isRanking,
            Duration interval,
            Duration retryInterval,
            LongSupplier nanoTime,
            Executor loading) {
        this.file = file;
        this.models = models;
        this.loader = loader;
        this.isRanking = isRanking;
        this.interval = interval;
        this.retryInterval = retryInterval;
        this.nanoTime = nanoTime;
        this.loading = loading;
    }

    /** How far all is. From any thread. */
    RolloutReport report() {
        return report;
    }

    /** Goes on following in a thread of its own. */
    void start() {
        Thread follower = new Thread(this::followOn, "streamrank-rollout");
        follower.setDaemon(true);
        thread = follower;
        follower.start();
    }

    private void followOn() {
        try {
            while (!closing) {
                Thread.sleep(interval.toMillis());
                follow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeGivenUp(any -> false);
    }

    /** Does what the file wants now, and waits for what is to be loaded for it, however long that takes. */
    void followToTheEnd() throws InterruptedException {
        follow();
        while (!loads.isEmpty()) {
            Thread.sleep(Math.min(interval.toMillis(), LOAD_STEP_MILLIS));
            follow();
        }
    }

    /** Does what the file wants now; what takes its time is only begun. */
    void follow() {
        Optional<String> fileError = readWishes();
        try {
            follow(fileError);
        } catch (RuntimeException e) {
            LOG.error("Rollouts cannot be followed, all stays as it is", e);
            tell(Optional.of("cannot be followed: " + e));
        }
    }

    private void follow(Optional<String> fileError) {
        for (String model : List.copyOf(progress.keySet())) {
            if (wishes.stream().noneMatch(wish -> wish.model().equals(model))) {
                abandonLoad(model);
                rollBack(model);
                progress.remove(model);
            }
        }
        for (Wish wish : wishes) {
            follow(wish);
        }
        closeGivenUp(isRanking);
        tell(fileError);
    }

    private void abandonLoad(String model) {
        Load load = loads.remove(model);
        if (load != null) {
            load.abandon();
        }
    }

    /** What cannot be read leaves everything as it was. */
    private Optional<String> readWishes() {
        try {
            String now = file.read();
            if (!now.equals(text) || report.fileError().isPresent()) {
                wishes = file.parse(now, models.ids());
                text = now;
            }
            return Optional.empty();
        } catch (UnusableException e) {
            String message = requireNonNull(e.getMessage());
            if (!report.fileError().equals(Optional.of(message))) {
                LOG.errorf("The rollout file cannot be followed, all stays as it is: %s", message);
            }
            return Optional.of(message);
        }
    }

    private void follow(Wish wish) {
        String model = wish.model();
        Load load = loads.get(model);
        if (load != null && !load.wish.isOfSameCheckpoint(wish)) {
            abandonLoad(model);
            load = null;
        }
        Loaded there = loaded.get(model);
        if (there != null && there.folder().equals(wish.folder()) && wish.isMetBy(there.digest())) {
            abandonLoad(model);
            serve(wish, there.reranker());
        } else if (load != null) {
            goOn(wish, load);
        } else if (!waits(wish)) {
            begin(wish);
        }
    }

    /** Whether there is nothing to do for a wish but to take down its share. */
    private boolean waits(Wish wish) {
        Progress before = progress.get(wish.model());
        if (before == null || !before.wish().isOfSameCheckpoint(wish)) {
            return false;
        }
        boolean waits = before.state() == State.SAME || nanoTime.getAsLong() - before.retryAt() < 0;
        if (waits) {
            progress.put(
                    wish.model(),
                    new Progress(wish, before.state(), before.revision(), before.error(), before.retryAt()));
        }
        return waits;
    }

    private void begin(Wish wish) {
        Load load = new Load(wish, models.first(wish.model()));
        loads.put(wish.model(), load);
        put(wish, State.LOADING, Optional.empty(), Optional.empty());
        loading.execute(load);
        goOn(wish, load);
    }

    private void goOn(Wish wish, Load load) {
        Result result = load.result();
        if (result == null) {
            put(wish, State.LOADING, Optional.empty(), Optional.empty());
            return;
        }
        loads.remove(wish.model());
        if (result.error().isPresent()) {
            put(wish, State.FAILED, result.revision(), result.error());
            LOG.errorf(
                    "Model %s: no revision can be rolled out from %s; all its requests are ranked as before, and it is"
                            + " tried again in %d s: %s",
                    wish.model(),
                    wish.folder(),
                    retryInterval.toSeconds(),
                    result.error().get());
        } else if (result.reranker() == null) {
            rollBack(wish.model());
            put(wish, State.SAME, result.revision(), Optional.empty());
            LOG.infof(
                    "Model %s: %s holds the revision that serves already: nothing is to be rolled out",
                    wish.model(), wish.folder());
        } else {
            Reranker next = result.reranker();
            loaded.put(wish.model(), new Loaded(wish.folder(), result.digest(), next));
            models.rollOut(next, wish.share()).ifPresent(givenUp::add);
            logShare(wish, next);
            put(wish, State.SERVING, result.revision(), Optional.empty());
        }
    }

    /**
     * What a load has come to.
     *
     * @param digest of the checkpoint; empty where it could not be read
     * @param reranker absent where it failed, and where the revision serves already
     */
    private record Result(String digest, @Nullable Reranker reranker, Optional<String> error) {
        private static final int REVISION_DIGITS = 12;

        Optional<String> revision() {
            return digest.isEmpty() ? Optional.empty() : Optional.of(digest.substring(0, REVISION_DIGITS));
        }
    }

    /** Loads a checkpoint, aside from the following, so that going back need not wait for it. */
    private final class Load implements Runnable {
        private final Wish wish;
        private final Reranker first;
        private @Nullable Result result;
        private boolean abandoned;

        Load(Wish wish, Reranker first) {
            this.wish = wish;
            this.first = first;
        }

        @Override
        public void run() {
            if (isAbandoned()) {
                return;
            }
            String digest = "";
            try {
                digest = loader.digest(wish.folder());
                requireExpected(wish, digest);
                boolean same = digest.startsWith(first.model().revision());
                give(new Result(digest, same ? null : load(digest), Optional.empty()));
            } catch (Throwable e) { // Else it would be loading for ever.
                LOG.debug("A next revision could not be loaded", e);
                give(new Result(digest, null, Optional.of(String.valueOf(e.getMessage()))));
            }
        }

        private Reranker load(String digest) {
            LOG.infof(
                    "Model %s: loading revision %s from %s, while %s serves",
                    wish.model(),
                    digest.substring(0, Result.REVISION_DIGITS),
                    wish.folder(),
                    first.model().revision());
            return loader.load(wish.folder(), first, held());
        }

        private synchronized boolean isAbandoned() {
            return abandoned;
        }

        private synchronized void give(Result given) {
            result = given;
            if (abandoned) {
                abandon();
            }
        }

        /** What it has come to, or null while it has not. */
        synchronized @Nullable Result result() {
            return result;
        }

        /** Nobody wants it any more; what it gives is closed as it comes. */
        synchronized void abandon() {
            abandoned = true;
            if (result != null && result.reranker() != null) {
                result.reranker().close();
            }
        }
    }

    private static void requireExpected(Wish wish, String digest) {
        if (!wish.isMetBy(digest)) {
            String expected = wish.revision().orElseThrow();
            throw new IllegalArgumentException(wish.folder() + " holds revision "
                    + digest.substring(0, expected.length()) + ", expected "
                    + expected + " (" + wish.model()
                    + ".revision): fetch the right one, or mend the rollout file");
        }
    }

    private void serve(Wish wish, Reranker next) {
        if (models.share(next) != wish.share()) {
            models.rollOut(next, wish.share()).ifPresent(givenUp::add);
            logShare(wish, next);
        }
        put(wish, State.SERVING, Optional.of(next.model().revision()), Optional.empty());
    }

    private void logShare(Wish wish, Reranker next) {
        LOG.infof(
                "Model %s: revision %s gets %s of its requests, %s the others",
                wish.model(),
                next.model().revision(),
                String.format(Locale.ROOT, "%.4g%%", 100 * wish.share()),
                models.first(wish.model()).model().revision());
    }

    private void rollBack(String model) {
        if (loaded.remove(model) != null) {
            models.rollBack(model).ifPresent(givenUp::add);
            LOG.infof(
                    "Model %s: revision %s gets all its requests again",
                    model, models.first(model).model().revision());
        }
    }

    private void put(Wish wish, State state, Optional<String> revision, Optional<String> error) {
        long retryAt = nanoTime.getAsLong() + retryInterval.toNanos();
        progress.put(wish.model(), new Progress(wish, state, revision, error, retryAt));
    }

    private void tell(Optional<String> fileError) {
        report = new RolloutReport(
                fileError, progress.values().stream().map(Progress::told).toList());
    }

    private List<Reranker> held() {
        List<Reranker> held = new ArrayList<>(models.all());
        held.addAll(givenUp);
        return held;
    }

    private void closeGivenUp(Predicate<Reranker> isInUse) {
        for (Reranker reranker : givenUp) {
            if (!isInUse.test(reranker)) {
                givenUp.remove(reranker);
                try {
                    reranker.close();
                    LOG.infof(
                            "Model %s: revision %s is unloaded",
                            reranker.model().id(), reranker.model().revision());
                } catch (RuntimeException e) {
                    LOG.warnf(
                            e,
                            "Model %s: revision %s could not be unloaded",
                            reranker.model().id(),
                            reranker.model().revision());
                }
            }
        }
    }

    /**
     * Ends the following, after the worker has ended; what serves is the models' to close. A load that runs cannot be
     * interrupted and is left behind: what it gives is closed as it comes.
     */
    @Override
    public void close() {
        closing = true;
        Thread follower = thread;
        if (follower == null) {
            closeGivenUp(any -> false);
        } else {
            follower.interrupt();
            try {
                follower.join(CLOSE_PATIENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        List.copyOf(loads.keySet()).forEach(this::abandonLoad);
    }
}
