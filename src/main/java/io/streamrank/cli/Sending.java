package io.streamrank.cli;

import io.streamrank.contract.RerankRequest;
import java.io.IOException;
import java.util.function.Consumer;

/** One file's worth of requests on their way to a topic, counted and shown as they go. */
final class Sending {
    private final Terminal terminal;
    private final CandidateSender sender;
    private long lists;
    private long candidates;

    Sending(Terminal terminal, CandidateSender sender) {
        this.terminal = terminal;
        this.sender = sender;
    }

    /** Hands all its requests to a sink. */
    interface Source {
        void sendAll(Consumer<RerankRequest> sink) throws IOException;
    }

    /**
     * Sends everything and waits until it has arrived.
     *
     * @throws IOException if the source is malformed; what came before that has arrived, and the message says how much
     */
    void sendAll(Source source) throws IOException {
        try {
            source.sendAll(this::send);
        } catch (IOException e) {
            sender.flush();
            throw lists == 0 ? e : new IOException(e.getMessage() + "; sent before it: " + sender.acknowledged(), e);
        }
        sender.flush();
    }

    private void send(RerankRequest request) {
        sender.send(request);
        lists++;
        candidates += request.candidates().size();
        terminal.progress("  sent %,d lists, %,d candidates", lists, candidates);
    }

    /** Candidates in the lists sent. */
    long candidates() {
        return candidates;
    }
}
