package io.streamrank.ingest;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Forward passes that are begun before their turn, each on a thread of its own. They only ever save time: one that fails
 * is forgotten, and its pairs are scored in their turn, alone, where failures are understood. For one scoring thread.
 */
final class PassesAhead {
    /** Threads end by themselves when there is nothing to begin. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "streamrank-score-ahead");
        thread.setDaemon(true);
        return thread;
    });

    private final Map<Integer, Future<float[]>> begun = new HashMap<>();

    /**
     * Begins a pass, unless it was begun.
     *
     * @param turn by which it is asked for later
     */
    void begin(int turn, Supplier<float[]> pass) {
        begun.computeIfAbsent(turn, any -> THREADS.submit(pass::get));
    }

    /**
     * What a pass gave that was begun before, once it has ended.
     *
     * @param failed is told how it failed, when no other of these passes is under way any more
     * @return empty for one that failed or was not begun
     */
    Optional<float[]> take(int turn, Consumer<Throwable> failed) throws InterruptedException {
        Future<float[]> pass = begun.remove(turn);
        if (pass == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(pass.get());
        } catch (ExecutionException e) {
            await();
            failed.accept(e.getCause());
            return Optional.empty();
        }
    }

    /** Waits until none is under way; what they gave or how they failed is told in their turn. */
    void await() throws InterruptedException {
        for (Future<float[]> other : begun.values()) {
            try {
                other.get();
            } catch (ExecutionException e) {
                continue;
            }
        }
    }
}
