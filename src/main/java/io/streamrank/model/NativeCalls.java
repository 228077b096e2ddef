package io.streamrank.model;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Calls into libtorch that run now. As the process ends, libtorch destroys what a running call works with, and the
 * process crashes instead of ending; so the calls must be over, and none may begin, before it does.
 */
public final class NativeCalls {
    private static final NativeCalls OF_THIS_PROCESS = new NativeCalls();

    /** Every call reads; the end writes, and never lets go. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

    NativeCalls() {}

    /** Those of this process. */
    public static NativeCalls ofThisProcess() {
        return OF_THIS_PROCESS;
    }

    /** Makes a call. Once the end has begun it does not return. */
    <T> T make(Supplier<T> call) {
        lock.readLock().lock();
        try {
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Lets no call begin any more, ever, and waits for those that run. For the very last moments of a process.
     *
     * @return whether none runs any more
     */
    public boolean end(Duration patience) throws InterruptedException {
        return lock.writeLock().tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
}
