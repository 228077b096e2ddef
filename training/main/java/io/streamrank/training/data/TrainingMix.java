package io.streamrank.training.data;

import io.streamrank.training.Example;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.LongStream;

/**
 * Groups from one or several data sets, shuffled together. A set's weight says how often an epoch takes each of its lists:
 * 1 takes each once, 0.5 half of them, the next epoch the other half, 3 each three times, with other negatives. Nothing is
 * drawn with repetition: after any number of epochs each list of a set was taken as often as any other, give or take one.
 *
 * <p>Every group is a function of the seed, the epoch and its place in it.
 */
final class TrainingMix implements GroupSource {
    /** Nobody means more, and a typing error is told. */
    static final double WEIGHT_MAX = 1000;

    /** Groups that are read together, by all cores: one thread reads and compares texts too slowly for a GPU. */
    private static final int AT_ONCE = 64;

    private final List<Part> parts;
    private final long seed;

    /** Where each part's places begin, before shuffling; the last entry is the epoch's size. */
    private final long[] begins;

    /** A data set in the mix. */
    record Part(LabelledLists lists, Sampling sampling, double weight) {
        long groupsPerEpoch() {
            return Math.max(1, Math.round(lists.size() * weight));
        }
    }

    /** @param parts at least one; closed with the mix */
    TrainingMix(List<Part> parts, long seed) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a mix needs a data set");
        }
        this.parts = List.copyOf(parts);
        this.seed = seed;
        this.begins = new long[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
            begins[i + 1] = begins[i] + parts.get(i).groupsPerEpoch();
        }
    }

    @Override
    public long groupsPerEpoch() {
        return begins[parts.size()];
    }

    @Override
    public Iterator<Example> epoch(int epoch, long from) {
        if (epoch < 0 || from < 0 || from > groupsPerEpoch()) {
            throw new IllegalArgumentException("expected an epoch from 0 and a place from 0 to " + groupsPerEpoch()
                    + ", not " + epoch + " and " + from);
        }
        Permutation order = new Permutation(groupsPerEpoch(), Seeds.of(seed, epoch));
        return new Iterator<>() {
            private long place = from;
            private Iterator<Example> ready = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                return ready.hasNext() || place < groupsPerEpoch();
            }

            @Override
            public Example next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the epoch has " + groupsPerEpoch() + " groups");
                }
                if (!ready.hasNext()) {
                    long end = Math.min(place + AT_ONCE, groupsPerEpoch());
                    ready = LongStream.range(place, end)
                            .parallel()
                            .mapToObj(at -> group(epoch, order.at(at)))
                            .toList()
                            .iterator();
                    place = end;
                }
                return ready.next();
            }
        };
    }

    private Example group(int epoch, long number) {
        int found = Arrays.binarySearch(begins, number);
        int set = found >= 0 ? found : -found - 2;
        Part part = parts.get(set);
        // A set's lists are gone through again and again, each time in another order, without regard to epochs.
        long turn = epoch * part.groupsPerEpoch() + number - begins[set];
        long pass = turn / part.lists.size();
        long passSeed = Seeds.of(seed, set, pass);
        int list = (int) new Permutation(part.lists.size(), passSeed).at(turn % part.lists.size());
        try {
            return new GroupSampler(part.lists, part.sampling).sample(list, Seeds.of(passSeed, list));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Part part : parts) {
            try {
                part.lists.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
