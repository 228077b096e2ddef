package io.streamrank.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Groups of one positive and some negatives, drawn anew in each epoch, in an order shuffled anew in each epoch; the same
 * for a seed. What is left at an epoch's end goes into a batch with the beginning of the next.
 */
final class SampledBatches implements BatchSource {
    /** Far apart, so that no two draws have the same seed. */
    private static final long EPOCH_STRIDE = 1L << 40;

    private final List<TrainingLine> lines;
    private final int batchSize;
    private final int negatives;
    private final long seed;

    SampledBatches(List<TrainingLine> lines, int batchSize, int negatives, long seed) {
        this.lines = List.copyOf(lines);
        this.batchSize = batchSize;
        this.negatives = negatives;
        this.seed = seed;
    }

    @Override
    public Iterator<List<Example>> from(long batch) {
        return new Drawing(batch * batchSize);
    }

    private final class Drawing implements Iterator<List<Example>> {
        private long at;
        private long epoch = -1;
        private List<Integer> order = List.of();

        Drawing(long at) {
            this.at = at;
        }

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public List<Example> next() {
            List<Example> batch = new ArrayList<>();
            while (batch.size() < batchSize) {
                batch.add(draw(at++));
            }
            return batch;
        }

        private Example draw(long number) {
            if (number / lines.size() != epoch) {
                epoch = number / lines.size();
                order = new ArrayList<>(IntStream.range(0, lines.size()).boxed().toList());
                Collections.shuffle(order, new Random(seed + epoch * EPOCH_STRIDE));
            }
            int index = order.get((int) (number % lines.size()));
            TrainingLine line = lines.get(index);
            Random random = new Random(seed + epoch * EPOCH_STRIDE + 1 + index);
            List<Passage> drawn = new ArrayList<>(line.negatives());
            Collections.shuffle(drawn, random);
            List<Passage> passages = new ArrayList<>();
            passages.add(line.positives().get(random.nextInt(line.positives().size())));
            passages.addAll(drawn.subList(0, Math.min(negatives, drawn.size())));
            return new Example(line.query(), passages);
        }
    }
}
