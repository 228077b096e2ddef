package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A folder's JSON Lines, read from their beginning. */
final class LineFile implements Closeable {
    private static final ObjectMapper JSON = FolderJson.mapper();

    private final Path file;
    private final BufferedReader reader;
    private long number;

    LineFile(Path file) throws IOException {
        this.file = file;
        this.reader = Files.newBufferedReader(file);
    }

    /** The next line; null after the last. */
    @Nullable JsonNode next() throws IOException {
        String line = reader.readLine();
        number++;
        return line == null ? null : JSON.readTree(line);
    }

    /** The next line, where there has to be one. */
    JsonNode require() throws IOException {
        JsonNode line = next();
        if (line == null) {
            throw new IOException(
                    file + " ends before line " + number + ": it has fewer lines than " + FolderNames.LISTS);
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
