package io.streamrank.training;

import io.streamrank.model.Reranker;
import io.streamrank.training.data.ListScorer;
import io.streamrank.training.data.TextVectors;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets a pass end before the process does when it is asked to end (Ctrl-C, SIGTERM): a process that exits meanwhile takes
 * libtorch's memory from under it and may crash. After the pass, scoring is refused. What does not end in time is given up:
 * nothing of the JVM's is waited for any more. Libtorch clears up all the same, as halting calls C's exit; a pass may crash
 * of that, which costs the process its status and nothing else, as folders are whole or not there.
 */
final class OrderlyEnd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** How long whoever works has to say how far it came; a process that ends would not let it. */
    private static final long LAST_WORDS_MILLIS = 2000;

    private final Duration patience;
    private final Thread worker = Thread.currentThread();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::await, "orderly-end");
    private boolean asked;
    private @Nullable Runnable whenAsked;

    OrderlyEnd() {
        this(PATIENCE);
    }

    /** @param patience how long the work may go on once it is asked to end */
    OrderlyEnd(Duration patience) {
        this.patience = patience;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Does this, on another thread, once the process is asked to end; at once if it was already. */
    synchronized void whenAsked(Runnable action) {
        if (asked) {
            action.run();
        }
        whenAsked = action;
    }

    /** Scores with a model for as long as the process may go on. */
    ListScorer scorer(Reranker reranker) {
        return guarded(ListScorer.of(reranker));
    }

    /** The same scorer, which throws {@link CancellationException} once the process is asked to end. */
    ListScorer guarded(ListScorer scorer) {
        return new ListScorer(
                scorer.encoding(),
                pairs -> {
                    requireTime();
                    return scorer.scoring().score(pairs);
                },
                scorer.policy());
    }

    /** Reads texts with an encoder for as long as the process may go on. */
    TextVectors vectors(TextVectors encoder) {
        return texts -> {
            requireTime();
            return encoder.of(texts);
        };
    }

    private void requireTime() {
        if (isAsked()) {
            throw new CancellationException("stopped before all was scored");
        }
    }

    private synchronized boolean isAsked() {
        return asked;
    }

    private void await() {
        synchronized (this) {
            asked = true;
            if (whenAsked != null) {
                whenAsked.run();
            }
        }
        try {
            boolean inTime = ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (!inTime) {
                System.err.println("not over after " + patience.toSeconds() + " s: given up");
                Runtime.getRuntime().halt(1);
            }
            worker.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing is scored any more. */
    @Override
    public void close() {
        ended.countDown();
        if (!isAsked()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The process has begun to end since; the hook waits for nothing.
            }
        }
    }
}
