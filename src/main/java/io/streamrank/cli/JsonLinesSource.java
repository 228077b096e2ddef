package io.streamrank.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.TextLines.BadLineException;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.replay.run.ListSource;
import io.streamrank.replay.run.Recorded;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import io.streamrank.replay.run.RequestAcceptance;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Candidate lists of a file of JSON Lines, to be replayed: a line that is none is told, and the next one read. */
final class JsonLinesSource implements ListSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final long fileBytes;
    private final CountingStream stream;
    private final TextLines lines;
    private final RequestLines requests;
    private final RequestAcceptance acceptance;
    private long read;

    /**
     * Opens it at its beginning, or where {@link #position} was.
     *
     * @param position absent for the beginning
     */
    JsonLinesSource(Path file, RequestAcceptance acceptance, @Nullable JsonNode position) throws IOException {
        this.name = String.valueOf(file.getFileName());
        this.acceptance = acceptance;
        this.fileBytes = Files.size(file);
        this.stream = new CountingStream(Files.newInputStream(file));
        this.lines = new TextLines(file.toString(), stream);
        this.requests = new RequestLines(lines);
        try {
            skip(position == null ? 0 : position.path("lines").asLong());
        } catch (IOException e) {
            lines.close();
            throw e;
        }
    }

    private static final class CountingStream extends FilterInputStream {
        private long count;

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }

    private void skip(long count) throws IOException {
        while (read < count) {
            try {
                if (nextLine() == null) {
                    throw new IOException(
                            lines.name() + ": expected " + count + " lines or more, as when it was begun");
                }
            } catch (BadLineException e) {
                // It was told when it was its turn.
            }
        }
    }

    /** The next line, counted even where it is none; null after the last. */
    private @Nullable String nextLine() throws IOException {
        try {
            String line = lines.next();
            read = line == null ? read : lines.number();
            return line;
        } catch (BadLineException e) {
            read = lines.number();
            throw e;
        }
    }

    @Override
    public @Nullable Recorded next() throws IOException {
        try {
            String line = nextLine();
            while (line != null && line.isBlank()) {
                line = nextLine();
            }
            return line == null ? null : recorded(requests.parse(line));
        } catch (BadLineException e) {
            return new Unusable(place(), Rejection.Reason.UNDECODABLE.word(), String.valueOf(e.getMessage()));
        }
    }

    private Recorded recorded(RerankRequest request) {
        try {
            acceptance.require(request);
            return new CandidateEvent(place(), null, Optional.empty(), request);
        } catch (RejectedException e) {
            return Unusable.of(place(), e.rejection());
        }
    }

    private SourcePosition place() {
        return new SourcePosition(name, 0, read);
    }

    /** {@code {"lines": 17}}: how many were read. */
    @Override
    public ObjectNode position() {
        return JSON.createObjectNode().put("lines", read);
    }

    @Override
    public Optional<Double> fractionRead() {
        return Optional.of(fileBytes == 0 ? 1.0 : Math.min(1.0, (double) stream.count / fileBytes));
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
