package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How much failing of a model's forward passes is lived with.
 *
 * @param maxUnscorable how many times in a row the model may fail on a single pair, nothing having been scored in
 *     between, before it is held to be broken
 * @param retryTimeout how long a forward pass is tried again that a busy or full device has refused
 */
public record DeviceLimits(int maxUnscorable, Duration retryTimeout) {
    public static final DeviceLimits DEFAULT = new DeviceLimits(100, Duration.ofSeconds(10));

    public DeviceLimits {
        if (maxUnscorable < 0) {
            throw new IllegalArgumentException("maxUnscorable must not be negative, not " + maxUnscorable);
        }
        requireNonNull(retryTimeout, "retryTimeout");
    }
}
