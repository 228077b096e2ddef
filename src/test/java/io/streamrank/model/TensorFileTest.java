package io.streamrank.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFileTest {
    private static final float[] VALUES = {0, -0f, 1, -2.5f, 3.140625f, 1e-30f, 65504, 1e30f};

    @TempDir
    private Path folder = Path.of("");

    @Test
    void readsBackWhatItWrote() throws IOException {
        Path file = folder.resolve("a.safetensors");

        TensorFile.write(
                file,
                TensorFile.Type.FLOAT32,
                List.of(
                        new TensorFile.Entry("x", List.of(2L, 4L), () -> VALUES),
                        new TensorFile.Entry("scalar", List.of(), () -> new float[] {7})));

        TensorFile read = TensorFile.open(file);
        assertThat(read.names()).containsExactly("x", "scalar");
        assertThat(read.floats("x", 8)).containsExactly(VALUES);
        assertThat(read.floats("scalar", 1)).containsExactly(7);
        assertThatThrownBy(() -> read.floats("x", 9)).hasMessageContaining("expected F32 of 9 numbers");
        assertThatThrownBy(() -> read.floats("y", 1)).hasMessageContaining("tensor y is missing");
    }

    @Test
    void writesTensorsLargerThanItsBuffer() throws IOException {
        Path file = folder.resolve("large.safetensors");
        float[] values = new float[300_003];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }

        TensorFile.write(
                file,
                TensorFile.Type.FLOAT32,
                List.of(new TensorFile.Entry("x", List.of((long) values.length), () -> values)));

        assertThat(TensorFile.open(file).floats("x", values.length)).isEqualTo(values);
    }

    @Test
    void tellsTheTypeToThoseWhoReadIt() throws IOException {
        for (TensorFile.Type type : TensorFile.Type.values()) {
            Path file = folder.resolve(type + ".safetensors");
            TensorFile.write(file, type, List.of(new TensorFile.Entry("x", List.of(8L), () -> VALUES)));

            StoredTensor tensor = requireNonNull(Safetensors.open(file).find("x"));

            assertThat(tensor.type().bytes()).isEqualTo(type == TensorFile.Type.FLOAT32 ? 4 : 2);
            assertThat(Files.size(file) % tensor.type().bytes()).isZero();
        }
    }

    @Test
    void refusesAShapeThatTheNumbersDoNotFill() {
        assertThatThrownBy(() -> TensorFile.write(
                        folder.resolve("b.safetensors"),
                        TensorFile.Type.FLOAT32,
                        List.of(new TensorFile.Entry("x", List.of(3L), () -> VALUES))))
                .hasMessageContaining("x has 8 numbers, its shape is [3]");
    }

    @Test
    void keepsEveryFloat16AndRoundsBetweenThemToEven() {
        for (int half = 0; half < 0x7C00; half++) {
            double value = decoded(half);
            double above = half + 1 == 0x7C00 ? 65536 : decoded(half + 1);
            float middle = (float) ((value + above) / 2);

            short[] rounded = {
                TensorFile.float16((float) value),
                TensorFile.float16((float) -value),
                TensorFile.float16(middle),
                TensorFile.float16(Math.nextDown(middle)),
                TensorFile.float16(Math.nextUp(middle))
            };
            short[] expected = {
                (short) half,
                (short) (half | 0x8000),
                (short) (half % 2 == 0 ? half : half + 1),
                (short) half,
                (short) (half + 1)
            };

            if (!Arrays.equals(rounded, expected)) {
                assertThat(rounded).as("from %s on", value).isEqualTo(expected);
            }
        }
        assertThat(TensorFile.float16(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7C00);
        assertThat(TensorFile.float16(Float.NaN) & 0x7FFF).isGreaterThan(0x7C00);
    }

    @Test
    void roundsToBfloat16ToEven() {
        assertThat(TensorFile.bfloat16(1)).isEqualTo((short) 0x3F80);
        assertThat(TensorFile.bfloat16(Float.intBitsToFloat(0x3F808000))).isEqualTo((short) 0x3F80);
        assertThat(TensorFile.bfloat16(Float.intBitsToFloat(0x3F818000))).isEqualTo((short) 0x3F82);
        assertThat(TensorFile.bfloat16(Float.intBitsToFloat(0xBF808001))).isEqualTo((short) 0xBF81);
        assertThat(TensorFile.bfloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        assertThat(TensorFile.bfloat16(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xFF80);
        assertThat(TensorFile.bfloat16(Float.NaN) & 0x7FFF).isGreaterThan(0x7F80);
    }

    /** A positive float16 by its definition. */
    private static double decoded(int half) {
        int exponent = half >>> 10;
        int fraction = half & 0x3FF;
        return exponent == 0 ? fraction * Math.pow(2, -24) : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
    }
}
