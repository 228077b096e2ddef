package io.streamrank.fetch;

import java.time.Duration;

/** Is told how a fetch goes. */
public interface FetchWatcher {
    /** Watches nothing. */
    FetchWatcher NONE = new FetchWatcher() {};

    /** What will be fetched; bytes as far as they are known, or -1. */
    default void found(int files, long bytes) {}

    /** So much of a file is here, of so much, or of -1 where that is not known. Often. */
    default void received(String file, long bytes, long of) {}

    /** It failed for now, and is tried again. */
    default void retrying(String what, String problem, Duration after) {}

    /** Another fetch to the same folder is at work, and is waited for. */
    default void waiting(String folder) {}
}
