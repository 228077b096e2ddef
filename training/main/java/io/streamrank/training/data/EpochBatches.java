package io.streamrank.training.data;

import io.streamrank.training.Example;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/** Batches over the epochs of a source, from any one on. */
final class EpochBatches implements Iterator<List<Example>> {
    private final GroupSource source;
    private final int batchSize;
    private int epoch;
    private Iterator<Example> groups;

    EpochBatches(GroupSource source, int batchSize, long from) {
        if (batchSize < 1 || from < 0) {
            throw new IllegalArgumentException(
                    "expected batches of at least 1 group from place 0 on, not of " + batchSize + " from " + from);
        }
        this.source = source;
        this.batchSize = batchSize;
        long place = Math.multiplyExact(from, (long) batchSize);
        this.epoch = Math.toIntExact(place / source.groupsPerEpoch());
        this.groups = source.epoch(epoch, place % source.groupsPerEpoch());
    }

    @Override
    public boolean hasNext() {
        return true;
    }

    @Override
    public List<Example> next() {
        List<Example> batch = new ArrayList<>(batchSize);
        while (batch.size() < batchSize) {
            if (!groups.hasNext()) {
                epoch++;
                groups = source.epoch(epoch, 0);
            }
            batch.add(groups.next());
        }
        return Collections.unmodifiableList(batch);
    }
}
