package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    private Path file;

    @BeforeEach
    void nameFile(@TempDir Path folder) {
        file = folder.resolve("model.safetensors");
    }

    @Test
    void readsTensorsWhereTheHeaderPutsThem() throws IOException {
        byte[] data = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1.5f)
                .putFloat(-2f)
                .putInt(7)
                .array();
        write(
                "{'__metadata__':{'format':'pt'},'ids':{'dtype':'I32','shape':[],'data_offsets':[8,12]},"
                        + "'w':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}}   ",
                data);

        Safetensors tensors = Safetensors.open(file);

        StoredTensor w = Objects.requireNonNull(tensors.find("w"));
        assertThat(tensors.names()).containsExactly("ids", "w");
        assertThat(w.dimensions()).containsExactly(1, 2);
        assertThat(Safetensors.map(w, 0, w.bytes()).asFloatBuffer())
                .isEqualTo(FloatBuffer.wrap(new float[] {1.5f, -2f}));
        assertThat(Safetensors.map(w, 4, 4).getFloat()).isEqualTo(-2f);
        assertThat(Safetensors.map(Objects.requireNonNull(tensors.find("ids")), 0, 4)
                        .getInt())
                .isEqualTo(7);
    }

    @Test
    void findsATiedTensorByBothItsNames() throws IOException {
        write(
                "{'__metadata__':{'format':'pt','model.embed_tokens.weight':'lm_head.weight','x':'gone'},"
                        + "'lm_head.weight':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}",
                new byte[8]);

        Safetensors tensors = Safetensors.open(file);

        assertThat(tensors.names()).containsExactly("lm_head.weight", "model.embed_tokens.weight");
        assertThat(tensors.find("model.embed_tokens.weight")).isEqualTo(tensors.find("lm_head.weight"));
        assertThat(tensors.tensors()).hasSize(1);
    }

    @Test
    void namesTheTensorThatATruncatedFileLacks() throws IOException {
        byte[] whole = Files.readAllBytes(Golden.read("bert").folder().resolve("model.safetensors"));
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));

        assertRefused()
                .withMessageMatching(
                        "(?s).*truncated: tensor [a-z]\\S+ ends at byte \\d+ of the data, the file has only \\d+.*");
    }

    @ParameterizedTest
    @CsvSource({"0", "7", "8", "9", "100"})
    void refusesAFileCutInsideItsHeader(int bytes) throws IOException {
        byte[] whole = Files.readAllBytes(Golden.read("bert").folder().resolve("model.safetensors"));
        Files.write(file, Arrays.copyOf(whole, bytes));

        assertRefused().withMessageContaining("header length");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | tensor b begins at byte 4 of the data, expected 8, where tensor a ends: they overlap
            {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'U8','shape':[2],'data_offsets':[6,8]}}  | tensor b begins at byte 6 of the data, expected 4, where tensor a ends: a gap
            {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}                                                      | 4 bytes follow tensor a, expected the end of the file
            {'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}}                                                     | truncated: tensor a ends at byte 12 of the data, the file has only 8
            {'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}                                                      | tensor a has 8 bytes, expected 12 for F32 [3]
            {'a':{'dtype':'Q4','shape':[8],'data_offsets':[0,8]}}                                                       | tensor a has dtype "Q4", expected one of
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}                                                      | tensor a has data_offsets [8, 0], expected a begin and an end
            {'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}                                                     | tensor a has shape [-2], expected whole numbers
            {'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}                                                        | tensor a has no list shape
            {'a':{'dtype':'F32','shape':[9223372036854775807,4],'data_offsets':[0,8]}}                                  | more than any file can hold
            {'a':1,'a':2}                                                                                               | the header is not JSON: Duplicate field 'a'
            [1, 2]                                                                                                      | the header is not a JSON object
            {'a':                                                                                                       | the header is not JSON
            """)
    void refusesABrokenHeader(String header, String message) throws IOException {
        write(header, new byte[8]);

        assertRefused().withMessageContaining(message);
    }

    private ThrowableAssertAlternative<CheckpointException> assertRefused() {
        return assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Safetensors.open(file))
                .withMessageStartingWith(file + ": ");
    }

    private void write(String header, byte[] data) throws IOException {
        Files.write(file, CheckpointFolder.safetensors(header.replace('\'', '"'), data));
    }
}
