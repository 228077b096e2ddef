package io.streamrank.ingest;

/**
 * A forward pass does not come back, and nobody can make it: the worker has let go of its partitions, and nothing of the
 * pass is committed. The process must be ended without waiting for the pass, nor for the models to close.
 */
public final class DeviceHungException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeviceHungException(String message) {
        super(message);
    }
}
