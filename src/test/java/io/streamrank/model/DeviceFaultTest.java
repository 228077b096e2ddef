package io.streamrank.model;

import static io.streamrank.model.DeviceFault.LOST;
import static io.streamrank.model.DeviceFault.NONE;
import static io.streamrank.model.DeviceFault.OUT_OF_MEMORY;
import static io.streamrank.model.DeviceFault.TRANSIENT;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DeviceFaultTest {

    @ParameterizedTest
    @MethodSource("messages")
    void readsWhatTheEngineSays(String message, DeviceFault fault) {
        assertThat(DeviceFault.of(new EngineException(message))).isEqualTo(fault);
        assertThat(DeviceFault.of(new IllegalStateException("in a pass", new EngineException(message))))
                .isEqualTo(fault);
    }

    /** The functions' names are no message, whatever words are in them. */
    @Test
    void readsNoBacktrace() {
        String message =
                "The size of tensor a (3) must match the size of tensor b (4)\nException raised from infer_size"
                        + " at ../aten/src/ATen/ExpandUtils.cpp:35 (most recent call first):\nframe #0:"
                        + " c10::OutOfMemoryError::OutOfMemoryError(...)";

        assertThat(DeviceFault.of(new EngineException(message))).isEqualTo(NONE);
    }

    @Test
    void anErrorThatSaysNothingIsNotTheDevices() {
        assertThat(DeviceFault.of(new NullPointerException())).isEqualTo(NONE);
    }

    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of(
                        "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 139.72 GiB",
                        OUT_OF_MEMORY),
                Arguments.of("CUDA error: out of memory\nCUDA kernel errors might be reported later", OUT_OF_MEMORY),
                Arguments.of(
                        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", OUT_OF_MEMORY),
                Arguments.of(
                        "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you"
                                + " tried to allocate 4096 bytes. Error code 12 (Cannot allocate memory)",
                        OUT_OF_MEMORY),
                Arguments.of("torch.OutOfMemoryError", OUT_OF_MEMORY),
                Arguments.of("CUDA error: all CUDA-capable devices are busy or unavailable", TRANSIENT),
                Arguments.of(
                        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", TRANSIENT),
                Arguments.of("CUDA error: an illegal memory access was encountered", LOST),
                Arguments.of("CUDA error: device-side assert triggered", LOST),
                Arguments.of("CUDA driver error: unknown error", LOST),
                Arguments.of("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`", LOST),
                // As of libtorch 2.8 every CUDA error names where to look it up.
                Arguments.of(cuda("out of memory", "cudaErrorMemoryAllocation"), OUT_OF_MEMORY),
                Arguments.of("CUDA driver error: out of memory", OUT_OF_MEMORY),
                Arguments.of("std::bad_alloc", OUT_OF_MEMORY),
                Arguments.of(
                        "DefaultCPUAllocator: not enough memory: you tried to allocate 4096 bytes.", OUT_OF_MEMORY),
                Arguments.of("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", OUT_OF_MEMORY),
                Arguments.of("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", OUT_OF_MEMORY),
                Arguments.of(
                        "NVML_SUCCESS == r INTERNAL ASSERT FAILED at \"../c10/cuda/CUDACachingAllocator.cpp\":995, please"
                                + " report a bug to PyTorch.",
                        OUT_OF_MEMORY),
                Arguments.of(
                        cuda("CUDA-capable device(s) is/are busy or unavailable", "cudaErrorDevicesUnavailable"),
                        TRANSIENT),
                Arguments.of(cuda("device not ready", "cudaErrorNotReady"), TRANSIENT),
                Arguments.of(cuda("system not yet initialized", "cudaErrorSystemNotReady"), TRANSIENT),
                Arguments.of(cuda("an illegal memory access was encountered", "cudaErrorIllegalAddress"), LOST),
                Arguments.of(cuda("an illegal instruction was encountered", "cudaErrorIllegalInstruction"), LOST),
                Arguments.of(cuda("misaligned address", "cudaErrorMisalignedAddress"), LOST),
                Arguments.of(cuda("device-side assert triggered", "cudaErrorAssert"), LOST),
                Arguments.of(cuda("unspecified launch failure", "cudaErrorLaunchFailure"), LOST),
                Arguments.of(cuda("uncorrectable ECC error encountered", "cudaErrorECCUncorrectable"), LOST),
                Arguments.of(cuda("the launch timed out and was terminated", "cudaErrorLaunchTimeout"), LOST),
                Arguments.of(cuda("unknown error", "cudaErrorUnknown"), LOST),
                Arguments.of("CUDA unknown error - this may be due to an incorrectly set up environment", LOST),
                Arguments.of("CUDA driver initialization failed, you might not have a CUDA gpu.", LOST),
                Arguments.of("No CUDA GPUs are available", LOST),
                Arguments.of(
                        "Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling"
                                + " NumCudaDevices() that might have already set an error? Error 101: invalid device"
                                + " ordinal",
                        LOST),
                Arguments.of("CUDA error: CUBLAS_STATUS_INTERNAL_ERROR when calling `cublasLtMatmul`", LOST),
                Arguments.of("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", LOST),
                Arguments.of(cuda("invalid configuration argument", "cudaErrorInvalidConfiguration"), NONE),
                Arguments.of(cuda("too many resources requested for launch", "cudaErrorLaunchOutOfResources"), NONE),
                Arguments.of("CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasLtMatmul`", NONE),
                Arguments.of("CUDA error: CUBLAS_STATUS_INVALID_VALUE when calling `cublasGemmEx`", NONE),
                Arguments.of("The size of tensor a (3) must match the size of tensor b (4)", NONE),
                Arguments.of("index out of range in self", NONE));
    }

    /** The whole of what c10::AcceleratorError says. */
    private static String cuda(String message, String name) {
        return "CUDA error: " + message + "\nSearch for `" + name
                + "' in https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html for more information.\n"
                + "CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below"
                + " might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\nCompile with"
                + " `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n";
    }
}
