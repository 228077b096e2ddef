package io.streamrank.model;

import java.util.List;
import java.util.Optional;

/** What shapes the CUDA operators take; the constants of {@code kernels.h} and {@code ssd.h} in src/main/cuda. */
final class OperatorLimits {
    /** Activations are read in packs. */
    private static final int PACK = 8;

    private static final int TAPS_MIN = 2;
    private static final int TAPS_MAX = 8;
    private static final int NORM_WIDTH_MAX = 8192;
    private static final int SCAN_STATE = 16;
    private static final int SSD_WIDTH_MAX = 128;
    private static final int SSD_STATE_MAX = 128;

    private OperatorLimits() {}

    /** What the operators do not take of an architecture; empty if they take all of it. */
    static Optional<String> refusal(Architecture architecture) {
        return architecture.weights().stream()
                .flatMap(weight -> refusal(architecture.family(), weight).stream())
                .findFirst()
                .or(() -> architecture.family().equals(StateSpaceShapes.MAMBA2)
                        ? ssdRefusal(architecture)
                        : Optional.empty());
    }

    /** All layers are alike. */
    private static Optional<String> ssdRefusal(Architecture architecture) {
        long inner = rows(architecture, "layer.0.gate.weight");
        long heads = rows(architecture, "layer.0.a_log");
        long channels = rows(architecture, "layer.0.conv.weight");
        return outside("layer.0.a_log", "channels a head", inner / heads, 1, SSD_WIDTH_MAX)
                .or(() -> outside("layer.0.conv.weight", "states", (channels - inner) / 2, 1, SSD_STATE_MAX));
    }

    private static long rows(Architecture architecture, String name) {
        return architecture.weights().stream()
                .filter(weight -> weight.name().equals(name))
                .findFirst()
                .orElseThrow()
                .shape()
                .get(0)
                .size();
    }

    private static Optional<String> refusal(String family, Weight weight) {
        List<Long> shape = weight.shape().stream().map(Dimension::size).toList();
        String name = weight.name();
        if (name.endsWith(".conv.weight")) {
            return refusal(name, "channels", shape.get(0), PACK, Long.MAX_VALUE)
                    .or(() -> outside(name, "taps", shape.get(2), TAPS_MIN, TAPS_MAX));
        }
        if (name.endsWith("norm.weight") || name.endsWith(".gate.weight")) {
            return refusal(name, "numbers", shape.get(0), PACK, NORM_WIDTH_MAX);
        }
        if (name.endsWith(".feedforward.up.weight")) {
            return refusal(name, "rows", shape.get(0), PACK, Long.MAX_VALUE);
        }
        if (name.endsWith(".a_log") && family.equals(StateSpaceShapes.MAMBA)) {
            return outside(name, "states", shape.get(1), SCAN_STATE, SCAN_STATE);
        }
        return Optional.empty();
    }

    private static Optional<String> refusal(String name, String what, long size, int multiple, long most) {
        return size % multiple == 0 && size <= most
                ? Optional.empty()
                : Optional.of(name + " has " + size + " " + what + ", expected a multiple of " + multiple
                        + (most == Long.MAX_VALUE ? "" : " up to " + most));
    }

    private static Optional<String> outside(String name, String what, long size, int least, int most) {
        return size >= least && size <= most
                ? Optional.empty()
                : Optional.of(name + " has " + size + " " + what + ", expected "
                        + (least == most ? "" + least : least + " to " + most));
    }
}
