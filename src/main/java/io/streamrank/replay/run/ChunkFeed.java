package io.streamrank.replay.run;

import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.ListScoring.Asked;
import io.streamrank.model.Reranker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads and tokenizes ahead on a thread of its own, so that the device need not wait: one portion for one model is ready
 * while the one before is scored, no more.
 */
final class ChunkFeed implements AutoCloseable {
    private static final int READY = 1;
    private static final long GLANCE_MILLIS = 100;
    private static final long END_MILLIS = 10_000;

    private final ChunkReader reader;
    private final List<Reranker> models;
    private final ListScoring scoring;
    private final BlockingQueue<Fed> ready = new ArrayBlockingQueue<>(READY);
    private final Thread thread;

    /** What the thread has to say. */
    sealed interface Fed {
        /** A portion for one model, in the models' order. */
        record Portion(Chunk chunk, int model, ListScoring.Encoded encoded) implements Fed {}

        /** There is nothing more. */
        record End() implements Fed {}

        /** It cannot go on. */
        record Failed(Throwable cause) implements Fed {}
    }

    ChunkFeed(ChunkReader reader, List<Reranker> models, ListScoring scoring) {
        this.reader = reader;
        this.models = List.copyOf(models);
        this.scoring = scoring;
        this.thread = new Thread(this::run, "streamrank-replay-read");
        thread.setDaemon(true);
        thread.start();
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, the other thread must end on it
    private void run() {
        try {
            for (Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
                for (int model = 0; model < models.size(); model++) {
                    ready.put(new Fed.Portion(chunk, model, scoring.encode(models.get(model), asked(chunk, model))));
                }
            }
            ready.put(new Fed.End());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            if (!Thread.currentThread().isInterrupted()) {
                tell(e);
            }
        }
    }

    private void tell(Throwable cause) {
        try {
            ready.put(new Fed.Failed(cause));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Asked> asked(Chunk chunk, int model) {
        List<Asked> asked = new ArrayList<>(chunk.lists().size());
        for (Chunk.Listed list : chunk.lists()) {
            asked.add(new Asked(list.byModel().get(model), list.event().source().toString()));
        }
        return asked;
    }

    /**
     * What comes next, waiting for it; null where that is not to be waited for any more.
     *
     * @throws IOException as the source does
     */
    Fed.@Nullable Portion next(BooleanSupplier stopped) throws IOException, InterruptedException {
        while (!stopped.getAsBoolean()) {
            Fed fed = ready.poll(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
            if (fed instanceof Fed.Portion portion) {
                return portion;
            }
            if (fed instanceof Fed.End) {
                return null;
            }
            if (fed instanceof Fed.Failed failed) {
                throw rethrown(failed.cause());
            }
        }
        return null;
    }

    private static IOException rethrown(Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException io ? io : new IOException("reading failed: " + cause.getMessage(), cause);
    }

    /** Ends the thread; what it uses may be closed then. */
    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join(END_MILLIS);
    }
}
