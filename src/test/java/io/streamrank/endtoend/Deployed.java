package io.streamrank.endtoend;

import java.net.URI;

/** A worker that has been started. */
interface Deployed extends AutoCloseable {
    /** What a shell makes of SIGTERM. */
    int TERMINATED = 143;

    /** Where this test reaches its HTTP. */
    URI http() throws Exception;

    /** Asks it to end, and gives its exit status. */
    int terminate() throws Exception;

    /** What it has logged. */
    String log() throws Exception;

    @Override
    void close() throws Exception;
}
