package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.ListScoring.Result;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.Chunk.Listed;
import io.streamrank.replay.run.ChunkFeed.Fed;
import io.streamrank.replay.run.RankedPublisher.Unpublished;
import io.streamrank.replay.run.Recorded.Unusable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One pass over recorded lists, for all models at once. Portion after portion is scored by each model, published where
 * that is asked for, and set down in the folder. What a portion gives depends on that portion alone.
 */
public final class Replay {
    private final ReplayFolder folder;
    private final ListSource source;
    private final List<Reranker> models;
    private final ListScoring scoring;
    private final ReplaySettings settings;
    private final @Nullable RankedPublisher publisher;
    private final ReplayWatcher watcher;
    private final long startNanos = System.nanoTime();
    private long pairsNow;
    private double doneAtStart;

    /**
     * @param folder where all of it goes, opened
     * @param source at the folder's position
     * @param models by whose names files are called
     * @param publisher who publishes rankings; absent where nobody shall
     */
    public Replay(
            ReplayFolder folder,
            ListSource source,
            List<Reranker> models,
            ListScoring scoring,
            ReplaySettings settings,
            @Nullable RankedPublisher publisher,
            ReplayWatcher watcher) {
        this.folder = folder;
        this.source = source;
        this.models = List.copyOf(models);
        this.scoring = scoring;
        this.settings = settings;
        this.publisher = publisher;
        this.watcher = watcher;
    }

    /**
     * Replays until the source's end.
     *
     * @param description what the folder is to say of it: settings, source, models
     * @param stopped whether to leave the rest for later
     * @return what {@value FolderNames#REPLAY} says now; empty where it was stopped
     */
    public Optional<ObjectNode> run(ObjectNode description, BooleanSupplier stopped)
            throws IOException, InterruptedException {
        if (folder.begun().isEmpty()) {
            folder.begin(description);
        }
        folder.openFiles(files());
        doneAtStart = done(source.fractionRead()).orElse(0.0);
        ChunkReader reader = new ChunkReader(source, models, settings, folder.progress().taken);
        try (ChunkFeed feed = new ChunkFeed(reader, models, scoring)) {
            Tally tally = new Tally();
            for (Fed.Portion portion = feed.next(stopped); portion != null; portion = feed.next(stopped)) {
                tally.add(portion);
            }
        }
        if (stopped.getAsBoolean()) {
            return Optional.empty();
        }
        folder.commit();
        watcher.scored();
        ObjectNode finished = new RunFiles(folder, description).write();
        folder.finish(finished);
        return Optional.of(finished);
    }

    private List<String> files() {
        List<String> names = new ArrayList<>(List.of(FolderNames.LISTS, FolderNames.SKIPPED));
        for (Reranker model : models) {
            names.add(FolderNames.scores(model.model().id()));
            names.add(FolderNames.timings(model.model().id()));
        }
        if (publisher != null) {
            names.add(FolderNames.UNPUBLISHED);
        }
        return names;
    }

    /** One portion's results, model after model. */
    private final class Tally {
        private final List<ListScoring.Results> byModel = new ArrayList<>();

        void add(Fed.Portion portion) throws IOException, InterruptedException {
            Reranker model = models.get(portion.model());
            // What it remembers of the portions before would change what it reads, and so the last digits of scores.
            model.forgetDocuments();
            byModel.add(scoring.score(portion.encoded()));
            for (Listed list : portion.chunk().lists()) {
                pairsNow += list.event().request().candidates().size();
            }
            if (byModel.size() == models.size()) {
                finish(portion.chunk());
                byModel.clear();
                tell(portion.chunk());
            }
        }

        private void finish(Chunk chunk) throws IOException, InterruptedException {
            List<Integer> scored = new ArrayList<>();
            List<Unusable> unusable = new ArrayList<>(chunk.unusable());
            for (int i = 0; i < chunk.lists().size(); i++) {
                Optional<Unusable> failure = failure(chunk.lists().get(i), i);
                failure.ifPresentOrElse(unusable::add, markScored(scored, i));
            }
            Progress progress = folder.progress();
            progress.portions++;
            FolderLines lines = new FolderLines(folder, settings.texts());
            if (publisher != null) {
                for (Unpublished left : publisher.publish(chunk, scored, byModel, progress.portions)) {
                    lines.unpublished(left);
                    progress.unpublished++;
                }
            }
            for (Unusable left : unusable) {
                lines.skipped(left);
                progress.skip(left.reason());
            }
            for (int model = 0; model < models.size(); model++) {
                write(lines, model, chunk, scored);
            }
            for (int index : scored) {
                Listed list = chunk.lists().get(index);
                lines.list(list);
                progress.lists++;
                progress.pairs += list.event().request().candidates().size();
                progress.live += list.live().isPresent() ? 1 : 0;
            }
            progress.taken += chunk.lists().size();
            progress.read += chunk.read();
            progress.notSampled += chunk.notSampled();
            progress.position = chunk.position();
            folder.commit();
        }

        private Runnable markScored(List<Integer> scored, int index) {
            return () -> scored.add(index);
        }

        /** Why a list is left out: one that a model fails on is left out for all, or they could not be compared. */
        private Optional<Unusable> failure(Listed list, int index) {
            for (ListScoring.Results results : byModel) {
                if (results.all().get(index) instanceof Result.Failed failed) {
                    return Optional.of(Unusable.of(list.event().source(), failed.rejection()));
                }
            }
            return Optional.empty();
        }

        private void write(FolderLines lines, int model, Chunk chunk, List<Integer> scored) throws IOException {
            String name = models.get(model).model().id();
            ListScoring.Results results = byModel.get(model);
            Progress.Done done = folder.progress().of(name);
            done.tokenizing = done.tokenizing.plus(results.tokenize());
            done.scoring = done.scoring.plus(results.inference());
            long allTokens = results.all().stream()
                    .mapToLong(result -> result instanceof Result.Scored each ? each.tokens() : 0)
                    .sum();
            long line = folder.progress().lists;
            for (int index : scored) {
                Result.Scored result = (Result.Scored) results.all().get(index);
                done.pairs +=
                        chunk.lists().get(index).event().request().candidates().size();
                done.tokens += result.tokens();
                Duration share = Duration.ofNanos(
                        (long) ((double) results.inference().toNanos() * result.tokens() / Math.max(1, allTokens)));
                lines.scores(name, line, result.scores());
                lines.timing(name, line, share);
                line++;
            }
        }
    }

    private void tell(Chunk chunk) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
        Progress progress = folder.progress();
        Optional<Double> fraction = done(chunk.fraction());
        Optional<Duration> left = fraction.filter(done -> done > doneAtStart)
                .map(done -> Duration.ofNanos((long) (elapsed.toNanos() * (1 - done) / (done - doneAtStart))));
        watcher.at(new ReplayWatcher.Distance(
                progress.lists, progress.pairs * models.size(), pairsNow, elapsed, fraction, left));
    }

    /** Which part is done, where the source or the most lists say it. */
    private Optional<Double> done(Optional<Double> read) {
        if (settings.maxLists() == Long.MAX_VALUE) {
            return read;
        }
        double taken = (double) folder.progress().taken / settings.maxLists();
        return Optional.of(Math.max(read.orElse(0.0), taken));
    }
}
