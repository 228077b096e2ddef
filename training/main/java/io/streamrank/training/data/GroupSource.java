package io.streamrank.training.data;

import io.streamrank.training.Example;
import java.io.Closeable;
import java.util.Iterator;

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
}
