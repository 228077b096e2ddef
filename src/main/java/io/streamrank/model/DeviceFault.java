package io.streamrank.model;

import java.util.List;
import java.util.Locale;

/**
 * What a failed forward pass says about the device it ran on. The engine throws one exception class for everything, so
 * its message decides: these are the words of libtorch 2.7 to 2.11, and in them those of CUDA 12 and 13, cuBLAS and
 * cuDNN.
 */
public enum DeviceFault {
    /** The pass needs more memory than there is: a smaller one may do. */
    OUT_OF_MEMORY(
            "out of memory",
            "outofmemoryerror",
            "can't allocate memory",
            "not enough memory",
            "bad_alloc",
            "status_alloc_failed",
            "allocation_failed",
            // Where the driver's library cannot be asked how much memory there is, libtorch fails on saying that there
            // is
            // none left.
            "nvml_success == "),
    /** The device could not take the pass just now: the same one may do later. */
    TRANSIENT(
            "busy or unavailable",
            "device not ready",
            "system not yet initialized",
            "resource temporarily unavailable",
            "status_not_initialized"),
    /** Not the device's fault, though it was the device that said so: it refuses this pass and stays as it is. */
    NONE(
            "invalid configuration argument",
            "too many resources requested for launch",
            "status_not_supported",
            "status_invalid_value"),
    /** The device, or this process's context on it, is gone: nothing will do. */
    LOST(
            "cuda error",
            "cuda driver error",
            "cuda unknown error",
            "cuda driver initialization failed",
            "unexpected error from cudagetdevicecount",
            "device-side assert",
            "illegal memory access",
            "unspecified launch failure",
            "uncorrectable ecc error",
            "no cuda gpus are available",
            "found no nvidia driver",
            "status_execution_failed",
            "status_internal_error");

    /** What libtorch puts between its message and the names of the functions it was in. */
    private static final String BACKTRACE = "\nexception raised from ";

    @SuppressWarnings("ImmutableEnumChecker") // List.of gives no other
    private final List<String> words;

    DeviceFault(String... words) {
        this.words = List.of(words);
    }

    /** Sorts what a forward pass threw, causes included. */
    public static DeviceFault of(Throwable error) {
        // The first that fits, over all causes: "CUDA error: out of memory" is not the end of the device.
        for (DeviceFault fault : values()) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (fault.isNamedIn(cause)) {
                    return fault;
                }
            }
        }
        return NONE;
    }

    private boolean isNamedIn(Throwable error) {
        String message = error.getMessage() == null ? "" : error.getMessage().toLowerCase(Locale.ROOT);
        int end = message.indexOf(BACKTRACE);
        String said = end < 0 ? message : message.substring(0, end);
        return words.stream().anyMatch(said::contains);
    }
}
