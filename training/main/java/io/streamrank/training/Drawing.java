package io.streamrank.training;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * How the passes of a learner draw random zeros. Every GPU has a generator of random numbers of its own and all CPU devices
 * have one together, but libtorch seeds all generators of a process at once; and a pass that has to draw the same again,
 * for layers or groups that are computed twice, has to be seeded.
 */
enum Drawing {
    /** Nobody else draws, or nothing is drawn: every pass is seeded, at any time. */
    FREELY {
        @Override
        void begin(Runnable pass) {
            pass.run();
        }
    },

    /** Every pass is seeded, and no other is begun meanwhile. */
    IN_TURN {
        @Override
        void begin(Runnable pass) {
            locked(SEED.writeLock(), pass);
        }
    },

    /** A batch is seeded, on all devices at once; its passes go on from there, each device's by themselves. */
    SIDE_BY_SIDE {
        @Override
        void begin(Runnable pass) {
            locked(SEED.readLock(), pass);
        }
    };

    private static final ReadWriteLock SEED = new ReentrantReadWriteLock(true);

    /**
     * Of a whole batch.
     *
     * @param devices how many draw
     * @param gpus whether these are GPUs
     * @param repeats whether any of its passes draws the same again
     */
    static Drawing of(int devices, boolean gpus, boolean repeats) {
        if (devices < 2) {
            return FREELY;
        }
        return gpus && !repeats ? SIDE_BY_SIDE : IN_TURN;
    }

    /** Gives a device the work of a pass. */
    abstract void begin(Runnable pass);

    private static void locked(Lock lock, Runnable pass) {
        lock.lock();
        try {
            pass.run();
        } finally {
            lock.unlock();
        }
    }
}
