package io.streamrank.throughput;

import io.streamrank.contract.BatchStatistics;

/** What a record of the statistics topic tells. */
sealed interface Told {
    /** Statistics. */
    record Statistics(BatchStatistics statistics) implements Told {}

    /** Nothing that can be read, and why. */
    record Nothing(String reason) implements Told {}
}
