package io.streamrank.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoredTensorsTest {
    @Test
    void readsHalfPrecisionExactly() {
        assertThat(StoredTensors.half((short) 0x3C00)).isEqualTo(1f);
        assertThat(StoredTensors.half((short) 0xC000)).isEqualTo(-2f);
        assertThat(StoredTensors.half((short) 0x3555)).isEqualTo(0.333251953125f);
        assertThat(StoredTensors.half((short) 0x7BFF)).isEqualTo(65504f);
        assertThat(StoredTensors.half((short) 0x0400)).isEqualTo(0x1p-14f);
    }

    @Test
    void readsTheSmallestAndTheUnusual() {
        assertThat(StoredTensors.half((short) 0x0001)).isEqualTo(0x1p-24f);
        assertThat(StoredTensors.half((short) 0x8000)).isEqualTo(-0f);
        assertThat(StoredTensors.half((short) 0xFC00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(StoredTensors.half((short) 0x7E00)).isNaN();
    }
}
