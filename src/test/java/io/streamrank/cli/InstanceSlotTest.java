package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceSlotTest {
    private final Path folder;

    InstanceSlotTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void claimsTheLowestFreeSlot() throws IOException {
        InstanceSlot first = InstanceSlot.claim(folder, "g");
        InstanceSlot second = InstanceSlot.claim(folder, "g");
        InstanceSlot third = InstanceSlot.claim(folder, "g");
        second.close();

        InstanceSlot again = InstanceSlot.claim(folder, "g");

        assertThat(first.instanceId()).endsWith("-0");
        assertThat(third.instanceId()).endsWith("-2");
        assertThat(again.instanceId()).isEqualTo(second.instanceId()).endsWith("-1");
        first.close();
        third.close();
        again.close();
    }

    @Test
    void givesEachGroupSlotsOfItsOwn() throws IOException {
        try (InstanceSlot one = InstanceSlot.claim(folder, "g/1");
                InstanceSlot other = InstanceSlot.claim(folder, "g/2")) {
            assertThat(one.instanceId()).isEqualTo(other.instanceId()).endsWith("-0");
        }
    }

    /** POSIX drops a process's lock when any channel on the file is closed: looking must not cost the slot. */
    @Test
    void staysTakenForOtherProcessesWhileOthersHereLook() throws Exception {
        try (InstanceSlot first = InstanceSlot.claim(folder, "g");
                InstanceSlot second = InstanceSlot.claim(folder, "g")) {
            assertThat(first.instanceId()).isNotEqualTo(second.instanceId());

            assertThat(lockInAnotherJvm(folder.resolve("streamrank-g-0.lock"))).isEqualTo("taken");
        }
        assertThat(lockInAnotherJvm(folder.resolve("streamrank-g-0.lock"))).isEqualTo("free");
    }

    @Test
    void saysWhereItCannotLockAndTheWayOut() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> InstanceSlot.claim(file, "g"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(file.toString())
                .hasMessageEndingWith("name the worker with --instance-id");
    }

    private static String lockInAnotherJvm(Path file) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Path.of(Locker.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toURI())
                                .toString(),
                        Locker.class.getName(),
                        file.toString())
                .start();
        try (var output = process.inputReader()) {
            String said = output.readLine();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return said;
        }
    }

    /** Says whether a file's lock is free. */
    static final class Locker {
        private Locker() {}

        public static void main(String[] arguments) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
                FileLock lock = channel.tryLock();
                System.out.println(lock == null ? "taken" : "free");
            }
        }
    }
}
