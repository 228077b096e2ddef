package io.streamrank.training.data;

import io.streamrank.training.Example;
import java.io.Closeable;
import java.util.Iterator;
import java.util.List;

/**
 * Where training groups come from. An epoch's groups and their order are decided by the seed and the epoch's number
 * alone, so that a run which is taken up again sees what it would have seen. One thread may read at a time.
 */
public interface GroupSource extends Closeable {

    /** How many groups an epoch has; every epoch has as many. */
    long groupsPerEpoch();

    /**
     * The groups of an epoch.
     *
     * @param epoch counted from 0
     * @param from how many of its groups to pass over, at no cost; up to {@link #groupsPerEpoch}
     * @return throws {@link java.io.UncheckedIOException} where a file can no longer be read
     */
    Iterator<Example> epoch(int epoch, long from);

    /**
     * The groups of all epochs as batches, without end. What is left at an epoch's end goes into a batch with the beginning
     * of the next.
     *
     * @param batchSize how many groups a batch has
     * @param from how many batches to pass over, at no cost
     */
    default Iterator<List<Example>> batches(int batchSize, long from) {
        return new EpochBatches(this, batchSize, from);
    }
}
