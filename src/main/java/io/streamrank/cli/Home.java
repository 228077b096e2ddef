package io.streamrank.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The project's folder, where the shipped checkpoint and the sample lie: streamrank.home, or the current folder. */
final class Home {
    private Home() {}

    static Path directory() {
        return Path.of(System.getProperty("streamrank.home", "."))
                .toAbsolutePath()
                .normalize();
    }

    /**
     * A file or folder of the project.
     *
     * @throws IllegalArgumentException if it is not there, naming what to set
     */
    static Path resolve(String relative) {
        Path path = directory().resolve(relative);
        if (!Files.exists(path)) {
            throw new IllegalArgumentException(
                    path + " is missing: run in the project's folder, or name it with" + " -Dstreamrank.home=<folder>");
        }
        return path;
    }
}
