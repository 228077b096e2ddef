package io.streamrank.faults;

import java.util.Set;

/**
 * A fault that has struck.
 *
 * @param sinceMillis when it was over, or struck where there is nothing to be over, in milliseconds since 1970
 * @param partitions whose outcomes it held up
 * @param sightingsBefore how many outcomes the witness had seen then
 */
record Blow(long sinceMillis, Set<Integer> partitions, int sightingsBefore) {}
