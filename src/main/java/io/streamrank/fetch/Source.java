package io.streamrank.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** What a location holds. An {@link IOException} that is no {@link FetchException} may pass: it is worth another try. */
interface Source {
    /** The files there. */
    List<RemoteFile> files() throws IOException, InterruptedException;

    /**
     * Opens a file.
     *
     * @param from the first byte that is wanted; what comes may begin at 0 all the same
     */
    Piece open(RemoteFile file, long from) throws IOException, InterruptedException;

    /**
     * What comes of a file.
     *
     * @param content from there on
     * @param from its first byte's place
     * @param size of the whole file, or {@link RemoteFile#UNKNOWN}
     * @param version by which the server tells one state of the file from another, if it does
     */
    record Piece(InputStream content, long from, long size, Optional<String> version) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            content.close();
        }
    }
}
