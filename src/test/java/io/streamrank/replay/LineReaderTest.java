package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineReaderTest {
    private final Path folder;

    LineReaderTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsLinesHoweverTheyEnd() throws IOException {
        Path file = Files.writeString(folder.resolve("lines"), "\uFEFFone\r\n\n  \ntwo\nthrée 汶川");

        assertThat(lines(file)).containsExactly("one", "two", "thrée 汶川");
    }

    @Test
    void readsLinesLongerThanItsBuffer() throws IOException {
        String longLine = "ab".repeat(100_000);
        Path file = TestFiles.write(folder, "long", longLine, "short", longLine);

        assertThat(lines(file)).containsExactly(longLine, "short", longLine);
    }

    @Test
    void readsNothingFromAnEmptyFile() throws IOException {
        assertThat(lines(Files.createFile(folder.resolve("empty")))).isEmpty();
    }

    @Test
    void unpacksGzipWhateverItsName() throws IOException {
        assertThat(lines(TestFiles.gzip(folder, "packed", "one", "two"))).containsExactly("one", "two");
    }

    @Test
    void namesTheLineOfABadByte() throws IOException {
        Path file = Files.write(folder.resolve("latin"), new byte[] {'a', '\n', 'b', '\n', (byte) 0xe9, '\n'});

        assertThatThrownBy(() -> lines(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":3: expected UTF-8");
    }

    @Test
    void namesTheFileOfATornGzip() throws IOException {
        Path whole = TestFiles.gzip(folder, "whole.gz", "one", "two");
        byte[] bytes = Files.readAllBytes(whole);
        Path torn = Files.write(folder.resolve("torn.gz"), Arrays.copyOf(bytes, bytes.length - 9));
        Path stump = Files.write(folder.resolve("stump.gz"), Arrays.copyOf(bytes, 5));

        assertThatThrownBy(() -> lines(torn))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("torn.gz:")
                .hasMessageContaining("expected a whole gzip file");
        assertThatThrownBy(() -> lines(stump))
                .isInstanceOf(ReplayDataException.class)
                .hasMessageContaining("stump.gz:1: expected a gzip file");
    }

    @Test
    void refusesALineWithoutEnd() throws IOException {
        byte[] bytes = new byte[LineReader.LINE_BYTES_MAX + 3];
        Arrays.fill(bytes, (byte) 'x');
        bytes[0] = '\n';
        Path file = Files.write(folder.resolve("endless"), bytes);

        assertThatThrownBy(() -> lines(file))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(file + ":2: expected a line of at most 16777216 bytes");
    }

    @Test
    void saysWhatIsNotAFile() {
        assertThatThrownBy(() -> lines(folder.resolve("absent")))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(folder.resolve("absent") + ": there is no such file");
        assertThatThrownBy(() -> lines(folder))
                .isInstanceOf(ReplayDataException.class)
                .hasMessage(folder + ": expected a file, not a folder");
    }

    private static List<String> lines(Path file) throws IOException {
        List<String> all = new ArrayList<>();
        try (LineReader lines = LineReader.open(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                all.add(line);
            }
        }
        return all;
    }
}
