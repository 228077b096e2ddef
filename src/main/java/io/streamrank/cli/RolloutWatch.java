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
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final RolloutFile file;
    private final Models models;
    private final Loader loader;
    private final Predicate<Reranker> isRanking;
    private final Duration interval;
    private final Duration retryInterval;
    private final LongSupplier nanoTime;

    private final Map<String, Progress> progress = new TreeMap<>();
    private final Map<String, Loaded> loaded = new TreeMap<>();
    private final List<Reranker> givenUp = new ArrayList<>();
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
     */
    RolloutWatch(
            RolloutFile file,
            Models models,
            Loader loader,
            Predicate<Reranker> isRanking,
            Duration interval,
            Duration retryInterval,
            LongSupplier nanoTime) {
        this.file = file;
        this.models = models;
        this.loader = loader;
        this.isRanking = isRanking;
        this.interval = interval;
        this.retryInterval = retryInterval;
        this.nanoTime = nanoTime;
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
        } catch (RuntimeException e) {
            LOG.error("Rollouts are not followed any more until this worker is started again", e);
            report = new RolloutReport(Optional.of("not followed any more: " + e), report.rollouts());
        }
        closeGivenUp(any -> false);
    }

    /** Does what the file wants now; for as long as it takes. */
    void follow() {
        Optional<String> fileError = readWishes();
        tell(fileError);
        for (String model : List.copyOf(progress.keySet())) {
            if (wishes.stream().noneMatch(wish -> wish.model().equals(model))) {
                rollBack(model);
                progress.remove(model);
            }
        }
        for (Wish wish : wishes) {
            if (closing) {
                return;
            }
            follow(wish, fileError);
        }
        closeGivenUp(isRanking);
        tell(fileError);
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

    private void follow(Wish wish, Optional<String> fileError) {
        Loaded there = loaded.get(wish.model());
        Progress before = progress.get(wish.model());
        if (there != null && there.folder().equals(wish.folder()) && wish.isMetBy(there.digest())) {
            serve(wish, there.reranker());
            return;
        }
        if (before != null && before.wish().isOfSameCheckpoint(wish)) {
            boolean waits = before.state() == State.SAME || nanoTime.getAsLong() - before.retryAt() < 0;
            if (waits) {
                progress.put(
                        wish.model(),
                        new Progress(wish, before.state(), before.revision(), before.error(), before.retryAt()));
                return;
            }
        }
        load(wish, fileError);
    }

    private void load(Wish wish, Optional<String> fileError) {
        Reranker first = models.first(wish.model());
        put(wish, State.LOADING, Optional.empty(), Optional.empty());
        tell(fileError);
        Optional<String> revision = Optional.empty();
        try {
            String digest = loader.digest(wish.folder());
            revision = Optional.of(digest.substring(0, first.model().revision().length()));
            requireExpected(wish, digest);
            if (revision.get().equals(first.model().revision())) {
                rollBack(wish.model());
                put(wish, State.SAME, revision, Optional.empty());
                LOG.infof(
                        "Model %s: %s holds revision %s, which serves already: nothing is to be rolled out",
                        wish.model(), wish.folder(), revision.get());
                return;
            }
            LOG.infof(
                    "Model %s: loading revision %s from %s, while %s serves",
                    wish.model(), revision.get(), wish.folder(), first.model().revision());
            Reranker next = loader.load(wish.folder(), first, held());
            if (closing) {
                next.close();
                return;
            }
            loaded.put(wish.model(), new Loaded(wish.folder(), digest, next));
            models.rollOut(next, wish.share()).ifPresent(givenUp::add);
            logShare(wish, next);
            put(wish, State.SERVING, revision, Optional.empty());
        } catch (RuntimeException | OutOfMemoryError e) {
            put(wish, State.FAILED, revision, Optional.of(String.valueOf(e.getMessage())));
            LOG.errorf(
                    "Model %s: no revision can be rolled out from %s; all its requests are ranked as before, and it is"
                            + " tried again in %d s: %s",
                    wish.model(), wish.folder(), retryInterval.toSeconds(), e.getMessage());
            LOG.debug("It failed", e);
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
        for (Iterator<Reranker> each = givenUp.iterator(); each.hasNext(); ) {
            Reranker reranker = each.next();
            if (!isInUse.test(reranker)) {
                each.remove();
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
            return;
        }
        follower.interrupt();
        try {
            follower.join(CLOSE_PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
