package io.streamrank.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The network between workers and broker, which breaks when told to: for one client, by its {@code client.id}, or for
 * all whose names begin alike. Understands Kafka's framing, so that a fault strikes at an exact moment.
 */
final class FaultProxy implements AutoCloseable {
    private static final int BACKLOG = 50;

    private final ServerSocket entrance;
    private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
    private final List<CommitTrap> traps = new CopyOnWriteArrayList<>();
    private final Set<String> cut = ConcurrentHashMap.newKeySet();
    private final Set<String> stalled = ConcurrentHashMap.newKeySet();
    private volatile int brokerPort;

    private FaultProxy(ServerSocket entrance) {
        this.entrance = entrance;
    }

    /** A proxy on a free port of loopback, which leads nowhere yet. */
    static FaultProxy start() throws IOException {
        FaultProxy proxy = new FaultProxy(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
        Wire.thread("fault-proxy", proxy::accept);
        return proxy;
    }

    int port() {
        return entrance.getLocalPort();
    }

    void leadTo(int port) {
        brokerPort = port;
    }

    /** Catches the next commit of this client. */
    CommitTrap catchCommit(String client, CommitTrap.Part part) {
        CommitTrap trap = new CommitTrap(client, part);
        traps.add(trap);
        return trap;
    }

    /** Closes the connections of these clients, and new ones as soon as they say whose they are. */
    void cut(String clientPrefix) {
        cut.add(clientPrefix);
        wires.stream().filter(wire -> wire.client().startsWith(clientPrefix)).forEach(Wire::close);
    }

    /** Lets nothing of these clients through in either direction; their connections stay open. */
    void stall(String clientPrefix) {
        stalled.add(clientPrefix);
    }

    /** Ends every cut and stall. */
    void heal() {
        cut.clear();
        synchronized (stalled) {
            stalled.clear();
            stalled.notifyAll();
        }
    }

    boolean isCut(String client) {
        return cut.stream().anyMatch(client::startsWith);
    }

    void awaitFlowing(String client) throws InterruptedException {
        synchronized (stalled) {
            while (stalled.stream().anyMatch(client::startsWith)) {
                stalled.wait();
            }
        }
    }

    /** The trap that this part of the request falls into. */
    @Nullable CommitTrap trapFor(KafkaRequest request, CommitTrap.Part part) {
        for (CommitTrap trap : traps) {
            if (trap.takes(request, part)) {
                traps.remove(trap);
                return trap;
            }
        }
        return null;
    }

    void forget(Wire wire) {
        wires.remove(wire);
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                connect(entrance.accept());
            } catch (IOException e) {
                // The entrance was closed; the loop's condition ends it.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Wire wire = new Wire(this, client, new Socket(InetAddress.getLoopbackAddress(), brokerPort));
            wires.add(wire);
            wire.start();
        } catch (IOException e) {
            // The broker is down, and its clients shall see that.
            client.close();
        }
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        heal();
        traps.forEach(CommitTrap::lose);
        wires.forEach(Wire::close);
    }
}
