package io.streamrank.faults;

import java.util.Set;

/**
 * A fault that has struck.
 *
 * @param sinceMillis when it was over, or struck where there is nothing to be over, in milliseconds since 1970
 * @param partitions whose outcomes it held up
 * @param sightingsBefore how many outcomes the witness had seen then
 * @param leaving the worker that gives these partitions up, whose last outcomes are no recovery; empty where there is none
 */
record Blow(long sinceMillis, Set<Integer> partitions, int sightingsBefore, String leaving) {
    /** Whether an outcome of this worker can show that it is over. */
    boolean counts(String worker) {
        return leaving.isEmpty() || (!worker.isEmpty() && !worker.equals(leaving));
    }
}
