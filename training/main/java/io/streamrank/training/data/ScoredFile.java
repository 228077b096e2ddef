package io.streamrank.training.data;

import io.streamrank.replay.LinePlace;
import io.streamrank.replay.LineReader;
import io.streamrank.replay.ReplayDataException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of scored lists that may have been left unfinished: heals it and says how much of it is there. */
final class ScoredFile {
    private final Path file;

    ScoredFile(Path file) {
        if (file.toString().endsWith(".gz")) {
            throw new IllegalArgumentException(
                    file + ": a packed file cannot be taken up after an interruption; name one without .gz");
        }
        this.file = file;
    }

    /**
     * Cuts off a last line that is not whole, and passes over the lists that are there, in the source too.
     *
     * @return how many lists are there
     * @throws ReplayDataException if the file holds other lists than the source, or a broken line before its last
     */
    long skip(CandidateSource source) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        cut(wholeLines());
        long count = 0;
        try (LineReader lines = LineReader.open(file)) {
            String line = lines.next();
            while (line != null) {
                LinePlace place = lines.place();
                long start = lines.lineStart();
                GroupLine list = parse(place, line);
                line = lines.next();
                if (list != null) {
                    requireSame(place, list, source.next());
                    count++;
                } else if (line != null) {
                    throw place.expected("a list with a score for each document; only the last line may be broken");
                } else {
                    cut(start);
                }
            }
        }
        return count;
    }

    /** Opens the file for adding to its end. */
    GroupsWriter append(boolean idsOnly) throws IOException {
        OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return GroupsWriter.to(out, idsOnly);
    }

    private static @Nullable GroupLine parse(LinePlace place, String line) {
        try {
            GroupLine list = GroupLine.parse(place, line);
            return list.scores().isEmpty() ? null : list;
        } catch (ReplayDataException e) {
            return null;
        }
    }

    private static void requireSame(LinePlace place, GroupLine there, @Nullable GroupLine wanted)
            throws ReplayDataException {
        if (wanted == null) {
            throw place.wrong("holds more lists than there are to score; name another output");
        }
        if (!there.query().equals(wanted.query()) || !keys(there).equals(keys(wanted))) {
            throw place.wrong("holds the list of query '" + there.query() + "', where that of '" + wanted.query()
                    + "' with " + wanted.documents().size() + " documents belongs; name another output");
        }
    }

    private static List<String> keys(GroupLine list) {
        return list.documents().stream().map(GroupLine.Doc::key).toList();
    }

    /** Where the last line that has its end ends. */
    private long wholeLines() throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
            byte[] block = new byte[1 << 16];
            for (long end = bytes.length(); end > 0; ) {
                long begin = Math.max(0, end - block.length);
                bytes.seek(begin);
                bytes.readFully(block, 0, (int) (end - begin));
                for (int i = (int) (end - begin) - 1; i >= 0; i--) {
                    if (block[i] == '\n') {
                        return begin + i + 1;
                    }
                }
                end = begin;
            }
            return 0;
        }
    }

    private void cut(long length) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            if (length < bytes.length()) {
                bytes.setLength(length);
            }
        }
    }
}
