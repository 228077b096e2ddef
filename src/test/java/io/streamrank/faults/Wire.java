package io.streamrank.faults;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One connection through the proxy: a thread for each direction. */
final class Wire {
    private final FaultProxy proxy;
    private final Socket client;
    private final Socket broker;
    private final Map<Integer, KafkaRequest> unanswered = new ConcurrentHashMap<>();
    private volatile String clientId = "";

    Wire(FaultProxy proxy, Socket client, Socket broker) throws IOException {
        this.proxy = proxy;
        this.client = client;
        this.broker = broker;
        client.setTcpNoDelay(true);
        broker.setTcpNoDelay(true);
    }

    void start() {
        thread("wire-requests", () -> pump(client, broker, this::passesRequest));
        thread("wire-answers", () -> pump(broker, client, this::passesAnswer));
    }

    static void thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The client's name, empty until it has said it. */
    String client() {
        return clientId;
    }

    /** Whether a frame may go on; false ends the connection. */
    private interface Gate {
        boolean passes(byte[] frame) throws InterruptedException;
    }

    private void pump(Socket from, Socket to, Gate gate) {
        try (from;
                to) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream()));
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to.getOutputStream()));
            while (true) {
                byte[] frame = KafkaRequest.readFrame(in);
                if (!gate.passes(frame)) {
                    return;
                }
                out.writeInt(frame.length);
                out.write(frame);
                out.flush();
            }
        } catch (IOException e) {
            // One side has gone, by a fault or because it was done; the other is told by the close.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            proxy.forget(this);
        }
    }

    private boolean passesRequest(byte[] frame) throws InterruptedException {
        KafkaRequest request = KafkaRequest.of(frame);
        clientId = request.client();
        if (proxy.isCut(clientId)) {
            return false;
        }
        if (request.commits()) {
            unanswered.put(request.correlation(), request);
        }
        proxy.awaitFlowing(clientId);
        return passes(request, CommitTrap.Part.REQUEST);
    }

    private boolean passesAnswer(byte[] frame) throws InterruptedException {
        proxy.awaitFlowing(clientId);
        return passes(unanswered.remove(KafkaRequest.correlationOf(frame)), CommitTrap.Part.ANSWER);
    }

    private boolean passes(@Nullable KafkaRequest request, CommitTrap.Part part) throws InterruptedException {
        CommitTrap trap = request == null ? null : proxy.trapFor(request, part);
        return trap == null || trap.hold();
    }

    void close() {
        close(client);
        close(broker);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more either way.
        }
    }
}
