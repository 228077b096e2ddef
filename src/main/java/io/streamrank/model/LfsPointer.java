package io.streamrank.model;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Git leaves in place of a large file where nobody has fetched it: a few lines that name it. */
final class LfsPointer {
    private static final String BEGIN = "version https://git-lfs.github.com/spec/";

    private LfsPointer() {}

    /** @throws CheckpointException if that is all there is; a file that cannot be read passes, to be found so later */
    static void refuse(Path file) {
        if (isAt(file)) {
            throw new CheckpointException(
                    file,
                    "is a Git LFS pointer, which stands for the file until Git has fetched it",
                    "Run `git lfs install` and `git lfs pull` in the repository, or download the file itself");
        }
    }

    private static boolean isAt(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(BEGIN.length()), US_ASCII).equals(BEGIN);
        } catch (IOException e) {
            return false;
        }
    }
}
