package io.streamrank.training.data;

/**
 * A shuffled order of the numbers from 0 to size - 1 in which any place can be asked for at once: nothing is stored,
 * however many there are. A Feistel network permutes the next power of four; results outside are permuted again until they
 * are inside.
 */
final class Permutation {
    private static final int ROUNDS = 6;

    private final long size;
    private final long seed;
    private final int halfBits;
    private final long halfMask;

    Permutation(long size, long seed) {
        if (size < 1 || size > 1L << 62) {
            throw new IllegalArgumentException("size must be from 1 to 2^62, not " + size);
        }
        this.size = size;
        this.seed = seed;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
        this.halfBits = Math.max(1, (bits + 1) / 2);
        this.halfMask = (1L << halfBits) - 1;
    }

    /** The number at a place. */
    long at(long place) {
        if (place < 0 || place >= size) {
            throw new IndexOutOfBoundsException("place " + place + " of " + size);
        }
        long number = permuted(place);
        while (number >= size) {
            number = permuted(number);
        }
        return number;
    }

    private long permuted(long number) {
        long left = number >>> halfBits;
        long right = number & halfMask;
        for (int round = 0; round < ROUNDS; round++) {
            long next = left ^ (Seeds.mixed(right + Seeds.mixed(seed + round)) & halfMask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
