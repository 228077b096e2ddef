package io.streamrank.embedded;

/**
 * A second listener whose clients are told to connect elsewhere, to a proxy that comes between them and the broker.
 * Clients of the first listener are not concerned.
 *
 * @param port where the broker listens for what comes through the proxy
 * @param advertisedPort where clients are told to connect: the proxy's port
 */
public record Detour(int port, int advertisedPort) {
    static final String LISTENER = "DETOUR";

    /** A detour by a proxy on the given port, the broker listening on one that is free now. */
    public static Detour by(int proxyPort) {
        return new Detour(LocalPorts.claim("detour", BrokerSettings.ANY_PORT, proxyPort), proxyPort);
    }

    /** As a word of a command line. */
    String toArgument() {
        return port + ">" + advertisedPort;
    }

    /** The inverse of {@link #toArgument()}. */
    static Detour fromArgument(String argument) {
        int arrow = argument.indexOf('>');
        return new Detour(
                Integer.parseInt(argument.substring(0, arrow)), Integer.parseInt(argument.substring(arrow + 1)));
    }
}
