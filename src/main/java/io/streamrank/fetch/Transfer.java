package io.streamrank.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Brings files here, each to its whole and right content: goes on where a connection broke, tries again where a server
 * is busy, and begins anew where what came in pieces is not what it should be.
 */
final class Transfer {
    private static final int CHUNK = 1 << 16;
    private static final Duration DELAY_MAX = Duration.ofSeconds(30);
    private static final int DOUBLINGS_MAX = 10;
    private static final String PART = ".part";

    private final Source source;
    private final String where;
    private final FetchSettings settings;
    private final Deadline deadline;
    private final FetchWatcher watcher;
    private long received;

    Transfer(Source source, String where, FetchSettings settings, Deadline deadline, FetchWatcher watcher) {
        this.source = source;
        this.where = where;
        this.settings = settings;
        this.deadline = deadline;
        this.watcher = watcher;
    }

    /** What the source holds; tried again as files are. */
    List<RemoteFile> files() throws IOException, InterruptedException {
        for (int failed = 1; ; failed++) {
            deadline.require(where);
            try {
                return source.files();
            } catch (FetchException e) {
                throw e;
            } catch (IOException e) {
                waitOrGiveUp(where, failed, e);
            }
        }
    }

    /**
     * Brings a file to a path.
     *
     * @return its SHA-256
     */
    String bring(RemoteFile file, Path target) throws IOException, InterruptedException {
        Files.createDirectories(target.getParent());
        if (file.sha256().isPresent()
                && Files.exists(target)
                && file.sha256().get().equals(Digests.sha256(target))) {
            received += Files.size(target);
            return file.sha256().get();
        }
        Path part = target.resolveSibling(target.getFileName() + PART);
        if (file.sha256().isEmpty()) {
            // What an earlier process left may be of another state of the file, and nothing would tell.
            Files.deleteIfExists(part);
        }
        boolean pieced = size(part) > 0;
        receiveAll(file, part);
        String found = Digests.sha256(part);
        if (pieced && !isExpected(file, found)) {
            Files.delete(part);
            receiveAll(file, part);
            found = Digests.sha256(part);
        }
        if (!isExpected(file, found)) {
            Files.delete(part);
            throw new FetchException(
                    where + " " + file.name(),
                    "its SHA-256 is " + found + ", expected " + file.sha256().orElseThrow(),
                    "It is damaged or not what was published: don't use it, and have it uploaded again");
        }
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        received += Files.size(target);
        return found;
    }

    private static boolean isExpected(RemoteFile file, String found) {
        return file.sha256().map(found::equals).orElse(true);
    }

    private void receiveAll(RemoteFile file, Path part) throws IOException, InterruptedException {
        Progress progress = new Progress();
        int failed = 0;
        while (true) {
            deadline.require(where + " " + file.name());
            long before = size(part);
            try {
                receive(file, part, progress);
                return;
            } catch (FetchException e) {
                throw e;
            } catch (IOException e) {
                failed = size(part) > before ? 1 : failed + 1;
                waitOrGiveUp(where + " " + file.name(), failed, e);
            }
        }
    }

    /** What is known of a file from one attempt to the next. */
    private static final class Progress {
        private Optional<String> version = Optional.empty();
    }

    private void receive(RemoteFile file, Path part, Progress progress) throws IOException, InterruptedException {
        boolean mayGoOn = file.sha256().isPresent() || progress.version.isPresent();
        long from = mayGoOn ? size(part) : 0;
        if (from > 0 && from == file.size()) {
            return;
        }
        try (Source.Piece piece = source.open(file, from)) {
            boolean sameVersion = progress.version.isEmpty() || progress.version.equals(piece.version());
            boolean goesOn = piece.from() == from && sameVersion;
            if (!goesOn && piece.from() != 0) {
                Files.deleteIfExists(part);
                progress.version = Optional.empty();
                throw new IOException("it is another file by now");
            }
            progress.version = piece.version();
            long expected = piece.size() == RemoteFile.UNKNOWN ? file.size() : piece.size();
            write(file, part, piece.content(), goesOn ? from : 0, expected);
        }
    }

    private void write(RemoteFile file, Path part, InputStream content, long from, long expected) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long at = from;
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(from);
            out.position(from);
            for (int count = content.read(chunk); count >= 0; count = content.read(chunk)) {
                deadline.require(where + " " + file.name());
                at += count;
                requireRoom(file.name(), at);
                ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, count);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                watcher.received(file.name(), at, expected);
            }
        }
        if (expected != RemoteFile.UNKNOWN && at != expected) {
            throw new IOException("it ended after " + at + " of " + expected + " bytes");
        }
    }

    private void requireRoom(String name, long bytes) throws FetchException {
        if (received + bytes > settings.maxBytes()) {
            throw new FetchException(
                    where + " " + name,
                    "with it there are more than the " + settings.maxBytes() + " bytes of streamrank.fetch.max-bytes",
                    "Check the location, or allow more");
        }
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private void waitOrGiveUp(String what, int failed, IOException error) throws IOException, InterruptedException {
        String problem = error.getMessage() == null ? error.toString() : error.getMessage();
        if (failed >= settings.attempts()) {
            throw new FetchException(
                    what,
                    "cannot be fetched, tried " + failed + " times: " + problem,
                    "Check that it can be reached from here; what is checked already is not fetched again",
                    error);
        }
        Duration asked = error instanceof HttpReader.BusyException busy ? busy.after() : null;
        Duration delay =
                asked != null ? asked : settings.retryDelay().multipliedBy(1L << Math.min(failed - 1, DOUBLINGS_MAX));
        Duration bounded = min(min(delay, DELAY_MAX), deadline.left());
        watcher.retrying(what, problem, bounded);
        Thread.sleep(bounded.toMillis());
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
