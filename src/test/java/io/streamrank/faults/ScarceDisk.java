package io.streamrank.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A broker's disk that runs full when told to: a small file system of its own where this user may mount one; otherwise a
 * limit on the size of files, set on the running broker, so that its writes fail all the same.
 */
abstract class ScarceDisk implements AutoCloseable {
    private final Path folder;

    private ScarceDisk(Path folder) {
        this.folder = folder;
    }

    /** Whichever this system allows; empty where it allows neither. */
    static Optional<ScarceDisk> at(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        if (succeeds("mount", "-t", "tmpfs", "-o", "size=96m", "streamrank-faults", folder.toString())) {
            return Optional.of(new Small(folder));
        }
        String self = Long.toString(ProcessHandle.current().pid());
        return succeeds("prlimit", "--pid", self, "--fsize") ? Optional.of(new Limited(folder)) : Optional.empty();
    }

    Path folder() {
        return folder;
    }

    /** What it is, for the report. */
    abstract String kind();

    /** From now on the broker's writes fail. */
    abstract void fill(long brokerPid) throws IOException, InterruptedException;

    /** Gives space to the next broker. */
    abstract void free() throws IOException;

    @Override
    public abstract void close();

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(List.of(command))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            // There is no such command.
            return false;
        }
    }

    /** A file system of its own, and a file that takes up what is left of it. */
    private static final class Small extends ScarceDisk {
        private final Path filler;

        Small(Path folder) {
            super(folder);
            filler = folder.resolve("filler");
        }

        @Override
        String kind() {
            return "disk full (tmpfs)";
        }

        @Override
        void fill(long brokerPid) throws IOException {
            byte[] page = new byte[4 << 10];
            try (OutputStream out = Files.newOutputStream(filler)) {
                while (true) {
                    out.write(page);
                }
            } catch (IOException e) {
                if (Files.getFileStore(filler).getUsableSpace() >= page.length) {
                    throw e;
                }
            }
        }

        @Override
        void free() throws IOException {
            Files.delete(filler);
        }

        @Override
        public void close() {
            try {
                succeeds("umount", "--lazy", folder().toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** No file of the broker may grow any more; the next broker has no such limit. */
    private static final class Limited extends ScarceDisk {
        Limited(Path folder) {
            super(folder);
        }

        @Override
        String kind() {
            return "disk full (limit on the broker's files)";
        }

        @Override
        void fill(long brokerPid) throws IOException, InterruptedException {
            if (!succeeds("prlimit", "--pid", Long.toString(brokerPid), "--fsize=1:")) {
                throw new IOException("prlimit failed on process " + brokerPid);
            }
        }

        @Override
        void free() {}

        @Override
        public void close() {}
    }
}
