package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How much failing of a model's forward passes is lived with.
 *
 * @param maxUnscorable how many times in a row the model may fail on a single pair, nothing having been scored in
 *     between, before it is held to be broken
 * @param retryTimeout how long a forward pass is tried again that a busy or full device has refused
 * @param timeout after which a forward pass that has not come back is held to hang
 */
public record DeviceLimits(int maxUnscorable, Duration retryTimeout, Duration timeout) {
    public static final DeviceLimits DEFAULT = new DeviceLimits(100, Duration.ofSeconds(10), Duration.ofMinutes(2));

    public DeviceLimits {
        if (maxUnscorable < 0) {
            throw new IllegalArgumentException("maxUnscorable must not be negative, not " + maxUnscorable);
        }
        requireNonNull(retryTimeout, "retryTimeout");
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("device timeout must be positive, not " + timeout);
        }
    }
}
