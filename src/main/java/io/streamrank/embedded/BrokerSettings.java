package io.streamrank.embedded;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an embedded broker is started with.
 *
 * @param directory the broker's own folder, made when it is missing; its data outlive the broker
 * @param port the clients' port on 127.0.0.1, {@link #ANY_PORT} for a free one
 * @param controllerPort the KRaft controller's port on 127.0.0.1, {@link #ANY_PORT} for a free one
 * @param overrides broker properties that win over {@link BrokerDefaults}; those in {@link #OWN_PROPERTIES} are refused
 * @param detour a second listener for clients that shall come through a proxy
 * @param node its place in a cluster of several; absent for a broker that is its own cluster
 */
public record BrokerSettings(
        Path directory,
        int port,
        int controllerPort,
        Map<String, String> overrides,
        Optional<Detour> detour,
        Optional<ClusterNode> node) {

    /** Asks for any free port. */
    public static final int ANY_PORT = 0;

    /** The properties that follow from the other settings, so that no override may set them. */
    public static final Set<String> OWN_PROPERTIES = Set.of(
            "process.roles",
            "node.id",
            "broker.id",
            "listeners",
            "listener.security.protocol.map",
            "controller.listener.names",
            "controller.quorum.voters",
            "controller.quorum.bootstrap.servers",
            "log.dir",
            "log.dirs",
            "metadata.log.dir");

    private static final int HIGHEST_PORT = 65_535;
    private static final String NONE = "-";
    private static final int POSITIONAL_ARGUMENTS = 5;

    public BrokerSettings {
        directory = requireNonNull(directory, "directory").toAbsolutePath().normalize();
        requirePort("port", port);
        requirePort("controllerPort", controllerPort);
        if (port != ANY_PORT && port == controllerPort) {
            throw new IllegalArgumentException("port and controllerPort are both " + port);
        }
        requireNonNull(detour, "detour");
        requireNonNull(node, "node");
        overrides = Map.copyOf(overrides);
        Set<String> refused = new TreeSet<>(overrides.keySet());
        refused.retainAll(OWN_PROPERTIES);
        if (!refused.isEmpty()) {
            throw new IllegalArgumentException("overrides must not set " + refused
                    + ": the embedded broker derives them from directory and ports");
        }
    }

    /** A broker in the given folder, on free ports, with the default properties. */
    public static BrokerSettings in(Path directory) {
        return new BrokerSettings(directory, ANY_PORT, ANY_PORT, Map.of(), Optional.empty(), Optional.empty());
    }

    /** The same with another port for clients. */
    public BrokerSettings withPort(int newPort) {
        return new BrokerSettings(directory, newPort, controllerPort, overrides, detour, node);
    }

    /** The same with another port for the controller. */
    public BrokerSettings withControllerPort(int newControllerPort) {
        return new BrokerSettings(directory, port, newControllerPort, overrides, detour, node);
    }

    /** The same with one more broker property set. */
    public BrokerSettings withOverride(String property, String value) {
        Map<String, String> more = new LinkedHashMap<>(overrides);
        more.put(property, value);
        return new BrokerSettings(directory, port, controllerPort, more, detour, node);
    }

    /** The same with a second listener, reached through a proxy. */
    public BrokerSettings withDetour(Detour newDetour) {
        return new BrokerSettings(directory, port, controllerPort, overrides, Optional.of(newDetour), node);
    }

    /** The same as a node of a cluster, whose controllers' port it takes. */
    BrokerSettings withNode(ClusterNode newNode) {
        return new BrokerSettings(directory, port, newNode.controllerPort(), overrides, detour, Optional.of(newNode));
    }

    /** These settings as the command line of {@link BrokerMain}: directory, port, controller port, detour, node, key=value... */
    List<String> toArguments() {
        List<String> arguments = new ArrayList<>(List.of(
                directory.toString(),
                Integer.toString(port),
                Integer.toString(controllerPort),
                detour.map(Detour::toArgument).orElse(NONE),
                node.map(ClusterNode::toArgument).orElse(NONE)));
        overrides.forEach((property, value) -> arguments.add(property + "=" + value));
        return arguments;
    }

    /** The inverse of {@link #toArguments()}. */
    static BrokerSettings fromArguments(List<String> arguments) {
        if (arguments.size() < POSITIONAL_ARGUMENTS) {
            throw new IllegalArgumentException(
                    "expected <directory> <port> <controller port> <detour> <node> [property=value ...], got "
                            + arguments);
        }
        Map<String, String> overrides = new LinkedHashMap<>();
        for (String override : arguments.subList(POSITIONAL_ARGUMENTS, arguments.size())) {
            int equals = override.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("expected property=value, got " + override);
            }
            overrides.put(override.substring(0, equals), override.substring(equals + 1));
        }
        return new BrokerSettings(
                Path.of(arguments.get(0)),
                Integer.parseInt(arguments.get(1)),
                Integer.parseInt(arguments.get(2)),
                overrides,
                Optional.of(arguments.get(3)).filter(word -> !word.equals(NONE)).map(Detour::fromArgument),
                Optional.of(arguments.get(4)).filter(word -> !word.equals(NONE)).map(ClusterNode::fromArgument));
    }

    private static void requirePort(String name, int port) {
        if (port < ANY_PORT || port > HIGHEST_PORT) {
            throw new IllegalArgumentException(name + " is " + port + ", expected 0 to " + HIGHEST_PORT);
        }
    }
}
