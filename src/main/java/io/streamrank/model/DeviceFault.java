package io.streamrank.model;

import java.util.List;
import java.util.Locale;

/**
 * What a failed forward pass says about the device it ran on. The engine throws one exception class for everything, so
 * its message decides: these are libtorch's words, and CUDA's and cuBLAS's in them.
 */
public enum DeviceFault {
    /** The pass needs more memory than there is: a smaller one may do. */
    OUT_OF_MEMORY("out of memory", "outofmemoryerror", "can't allocate memory", "status_alloc_failed"),
    /** The device could not take the pass just now: the same one may do later. */
    TRANSIENT("busy or unavailable", "device not ready", "resource temporarily unavailable", "status_not_initialized"),
    /** The device, or this process's context on it, is gone: nothing will do. */
    LOST(
            "cuda error",
            "cuda driver error",
            "device-side assert",
            "illegal memory access",
            "unspecified launch failure",
            "no cuda gpus are available",
            "status_execution_failed",
            "status_internal_error"),
    /** Not the device's fault. */
    NONE;

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
        return words.stream().anyMatch(message::contains);
    }
}
