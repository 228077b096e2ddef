package io.streamrank.training;

import io.streamrank.model.Reranker;
import io.streamrank.training.data.ListScorer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a forward pass end before the process does when it is asked to end (Ctrl-C, SIGTERM): a process that exits meanwhile
 * takes libtorch's memory from under it and crashes. After the pass, scoring is refused.
 */
final class OrderlyEnd implements AutoCloseable {
    private static final int WAIT_SECONDS_MAX = 120;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::await, "orderly-end");
    private volatile boolean asked;

    OrderlyEnd() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Scores with a model for as long as the process may go on. */
    ListScorer scorer(Reranker reranker) {
        ListScorer scorer = ListScorer.of(reranker);
        return new ListScorer(
                scorer.encoding(),
                pairs -> {
                    if (asked) {
                        throw new CancellationException("stopped");
                    }
                    return scorer.scoring().score(pairs);
                },
                scorer.policy());
    }

    private void await() {
        asked = true;
        try {
            boolean inTime = ended.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
            if (!inTime) {
                Runtime.getRuntime().halt(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing is scored any more. */
    @Override
    public void close() {
        ended.countDown();
        if (!asked) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The process has begun to end since; the hook waits for nothing.
            }
        }
    }
}
