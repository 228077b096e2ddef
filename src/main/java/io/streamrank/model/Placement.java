package io.streamrank.model;

import ai.djl.Device;
import java.util.Optional;

/** Settles device and type from the settings and the machine. */
final class Placement {
    private Placement() {}

    /** Starts the engine, which alone knows what GPUs there are. */
    static Device device(ModelSettings settings) {
        int gpus = TorchEngine.start(settings.threads()).getGpuCount();
        String wanted = settings.device();
        if (wanted.equals("cpu") || (wanted.equals("auto") && gpus == 0)) {
            return Device.cpu();
        }
        int index = wanted.startsWith("gpu:") ? Integer.parseInt(wanted.substring("gpu:".length())) : 0;
        if (index >= gpus) {
            throw new IllegalArgumentException("device is " + wanted + ", but libtorch sees " + gpus
                    + " GPUs: use device cpu, or run with the CUDA build of libtorch");
        }
        return Device.gpu(index);
    }

    /** The arithmetic; empty where it is to be measured, as CPUs differ. */
    static Optional<Dtype> dtype(ModelSettings settings, Device device) {
        return switch (settings.dtype()) {
            case "float32" -> Optional.of(Dtype.FLOAT32);
            case "bfloat16" -> Optional.of(Dtype.BFLOAT16);
            default -> device.isGpu() ? Optional.of(Dtype.BFLOAT16) : Optional.empty();
        };
    }
}
