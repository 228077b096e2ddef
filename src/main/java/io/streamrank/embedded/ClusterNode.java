package io.streamrank.embedded;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A broker's place in a cluster of several, each of them a controller too.
 *
 * @param id the node's, from 1
 * @param clusterId the same for all
 * @param controllerPorts on 127.0.0.1, by node
 */
record ClusterNode(int id, String clusterId, SortedMap<Integer, Integer> controllerPorts) {
    ClusterNode {
        requireNonNull(clusterId, "clusterId");
        controllerPorts = new TreeMap<>(controllerPorts);
        if (!controllerPorts.containsKey(id)) {
            throw new IllegalArgumentException("node " + id + " is not among the controllers " + controllerPorts);
        }
    }

    /** A broker that is its own cluster. */
    static ClusterNode alone(String clusterId, int controllerPort) {
        return new ClusterNode(1, clusterId, new TreeMap<>(Map.of(1, controllerPort)));
    }

    int controllerPort() {
        return requireNonNull(controllerPorts.get(id));
    }

    int nodes() {
        return controllerPorts.size();
    }

    /** As Kafka's controller.quorum.voters has it. */
    String voters() {
        return controllerPorts.entrySet().stream()
                .map(node -> node.getKey() + "@" + LocalPorts.HOST + ":" + node.getValue())
                .collect(Collectors.joining(","));
    }

    /** As a word of a command line. */
    String toArgument() {
        String ports = controllerPorts.entrySet().stream()
                .map(node -> node.getKey() + ":" + node.getValue())
                .collect(Collectors.joining(","));
        return id + "/" + clusterId + "/" + ports;
    }

    /** The inverse of {@link #toArgument()}. */
    static ClusterNode fromArgument(String argument) {
        String[] parts = argument.split("/", -1);
        SortedMap<Integer, Integer> ports = new TreeMap<>();
        for (String node : parts[2].split(",", -1)) {
            int colon = node.indexOf(':');
            ports.put(Integer.valueOf(node.substring(0, colon)), Integer.valueOf(node.substring(colon + 1)));
        }
        return new ClusterNode(Integer.parseInt(parts[0]), parts[1], ports);
    }
}
