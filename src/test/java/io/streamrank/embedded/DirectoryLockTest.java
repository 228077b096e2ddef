package io.streamrank.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    private final Path home;

    DirectoryLockTest(@TempDir Path home) {
        this.home = home;
    }

    @Test
    void refusesTheSameDirectoryByAnotherName() throws IOException {
        Path directory = Files.createDirectory(home.resolve("broker"));
        Path link = Files.createSymbolicLink(home.resolve("link"), directory);

        try (DirectoryLock held = DirectoryLock.acquire(directory)) {
            assertThatThrownBy(() -> DirectoryLock.acquire(link))
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining(link.toString());
            assertThat(held).isNotNull();
        }
    }

    @Test
    void isFreeAgainOnceClosed() {
        DirectoryLock.acquire(home.resolve("new/folder")).close();

        DirectoryLock.acquire(home.resolve("new/folder")).close();

        assertThat(home.resolve("new/folder")).isDirectory();
    }
}
