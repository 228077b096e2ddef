package io.streamrank.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports on 127.0.0.1. */
final class LocalPorts {
    static final String HOST = "127.0.0.1";

    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    // Below the ports that operating systems lend to outgoing connections. A client that keeps trying to reach a killed
    // broker could otherwise be lent the broker's own port, connect to itself, and keep the broker from coming back.
    private static final int LOWEST_FREE = 15_000;
    private static final int HIGHEST_FREE = 32_000;
    private static final int FREE_PORT_ATTEMPTS = 200;

    private LocalPorts() {}

    /**
     * Resolves a configured port.
     *
     * @param port a port that has to be free, or {@link BrokerSettings#ANY_PORT}
     * @param taken a port not to choose
     * @throws BrokerException if the port is in use
     */
    static int claim(String purpose, int port, int taken) {
        if (port == BrokerSettings.ANY_PORT) {
            return anyFree(taken);
        }
        if (!isFree(port)) {
            throw new BrokerException("Port " + port + " on " + HOST + ", asked for as the broker's " + purpose
                    + " port, is in use; stop what listens there, or ask for another (0 takes a free one)");
        }
        return port;
    }

    private static int anyFree(int taken) {
        for (int attempt = 0; attempt < FREE_PORT_ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_FREE, HIGHEST_FREE);
            if (port != taken && isFree(port)) {
                return port;
            }
        }
        throw new BrokerException("Found no free port on " + HOST + " between " + LOWEST_FREE + " and " + HIGHEST_FREE
                + " in " + FREE_PORT_ATTEMPTS + " attempts");
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            // As the broker does: connections of an earlier broker that linger in TIME_WAIT do not count.
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
