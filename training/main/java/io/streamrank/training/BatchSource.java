package io.streamrank.training;

import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;

/** Batches of training, the same at every call: what makes a run that goes on equal to one that never stopped. */
public interface BatchSource {
    /**
     * The batches from one on; after the last the iterator ends, and so does training.
     *
     * @param batch counted from 0
     */
    Iterator<List<Example>> from(long batch);

    /** All examples again and again, in order, so many at a time. */
    static BatchSource cycling(List<Example> examples, int batchSize) {
        List<Example> all = List.copyOf(examples);
        if (all.isEmpty() || batchSize < 1) {
            throw new IllegalArgumentException(all.size() + " examples in batches of " + batchSize);
        }
        return batch -> LongStream.iterate(batch, next -> next + 1)
                .mapToObj(b -> LongStream.range(b * batchSize, (b + 1) * batchSize)
                        .mapToObj(i -> all.get(Math.floorMod(i, all.size())))
                        .toList())
                .iterator();
    }
}
