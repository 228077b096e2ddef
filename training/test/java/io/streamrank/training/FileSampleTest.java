package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSampleTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void tellsSmallFilesApartByEveryByte() throws IOException {
        byte[] bytes = new byte[70_000];
        String first = sample(bytes);
        bytes[40_000] = 1;

        assertThat(sample(bytes)).isNotEqualTo(first).startsWith("70,000 bytes, ");
        bytes[40_000] = 0;
        assertThat(sample(bytes)).isEqualTo(first);
        assertThat(sample(new byte[0])).startsWith("0 bytes, ");
    }

    @Test
    void readsTheEndsOfLargeOnesAndWhatLiesBetweenInSamples() throws IOException {
        byte[] bytes = new byte[9_000_001];
        String first = sample(bytes);
        for (int place : new int[] {0, bytes.length - 1, bytes.length / 2}) {
            byte[] changed = bytes.clone();
            // As long as the longest gap between samples.
            for (int i = place; i < Math.min(bytes.length, place + 100_000); i++) {
                changed[i] = 1;
            }
            assertThat(sample(changed)).as("from " + place).isNotEqualTo(first);
        }
    }

    private String sample(byte[] bytes) throws IOException {
        return FileSample.of(Files.write(folder.resolve("file"), bytes));
    }
}
