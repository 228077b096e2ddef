package io.streamrank.ingest;

/**
 * A forward pass does not come back, and nobody can make it: nothing of the pass is committed, and a worker has let go of
 * its partitions. The process must be ended without waiting for the pass, nor for the models to close.
 */
public final class DeviceHungException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeviceHungException(String message) {
        super(message);
    }
}
