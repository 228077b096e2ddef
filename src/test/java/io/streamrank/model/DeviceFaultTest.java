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
                Arguments.of("The size of tensor a (3) must match the size of tensor b (4)", NONE),
                Arguments.of("index out of range in self", NONE));
    }
}
