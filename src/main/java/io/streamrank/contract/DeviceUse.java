package io.streamrank.contract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How long a worker's device was busy with a model.
 *
 * @param worker the worker's instance id
 * @param device {@code cpu}, {@code gpu(0)}
 * @param inference time in forward passes
 */
public record DeviceUse(String worker, String device, Duration inference) {
    public DeviceUse {
        requireNonNull(worker, "worker");
        requireNonNull(device, "device");
        requireNonNull(inference, "inference");
    }
}
