package io.streamrank.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/**
 * Several brokers of one cluster, each in a JVM of its own and each a controller too, listening on 127.0.0.1 only. With
 * three or more, topics have three replicas, of which two must have what is acknowledged: any one may be killed. Made to
 * be harmed and thrown away: {@link #close()} kills them all.
 */
public final class BrokerCluster implements AutoCloseable {
    private final List<BrokerProcess> nodes;

    private BrokerCluster(List<BrokerProcess> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /**
     * Starts a new cluster.
     *
     * @param directory a folder of its own, for the folders of the nodes
     * @param overrides broker properties that win over the defaults, on every node
     * @param classpath of the children, as {@link BrokerProcess} takes it
     * @throws BrokerException if a node does not come up; the others are killed then
     */
    public static BrokerCluster start(Path directory, int nodes, Map<String, String> overrides, List<Path> classpath) {
        String clusterId = Uuid.randomUuid().toString();
        List<Integer> ports = distinctPorts(2 * nodes);
        SortedMap<Integer, Integer> controllerPorts = new TreeMap<>();
        for (int id = 1; id <= nodes; id++) {
            controllerPorts.put(id, ports.get(nodes + id - 1));
        }
        List<CompletableFuture<BrokerProcess>> starting = new ArrayList<>();
        // None is ready before a majority is there.
        for (int id = 1; id <= nodes; id++) {
            BrokerSettings settings = new BrokerSettings(
                            directory.resolve("node-" + id),
                            ports.get(id - 1),
                            BrokerSettings.ANY_PORT,
                            overrides,
                            Optional.empty(),
                            Optional.empty())
                    .withNode(new ClusterNode(id, clusterId, controllerPorts));
            starting.add(started(settings, classpath));
        }
        try {
            return new BrokerCluster(
                    starting.stream().map(CompletableFuture::join).toList());
        } catch (CompletionException e) {
            starting.forEach(node -> {
                var unused = node.thenAccept(BrokerProcess::kill);
            });
            throw e.getCause() instanceof BrokerException known
                    ? known
                    : new BrokerException("The cluster in " + directory + " did not start", e.getCause());
        }
    }

    private static CompletableFuture<BrokerProcess> started(BrokerSettings settings, List<Path> classpath) {
        CompletableFuture<BrokerProcess> started = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        started.complete(BrokerProcess.start(settings, classpath, List.of()));
                    } catch (RuntimeException e) {
                        started.completeExceptionally(e);
                    }
                },
                "embedded-cluster-start");
        thread.setDaemon(true);
        thread.start();
        return started;
    }

    private static List<Integer> distinctPorts(int count) {
        Set<Integer> ports = new LinkedHashSet<>();
        while (ports.size() < count) {
            ports.add(LocalPorts.claim("node's", BrokerSettings.ANY_PORT, BrokerSettings.ANY_PORT));
        }
        return List.copyOf(ports);
    }

    /** Where clients connect: every node's address. */
    public String bootstrapServers() {
        return nodes.stream().map(BrokerProcess::bootstrapServers).collect(Collectors.joining(","));
    }

    /**
     * One of the brokers, to be killed, paused and started again.
     *
     * @param id from 1, as the cluster calls it
     */
    public BrokerProcess node(int id) {
        return nodes.get(id - 1);
    }

    /**
     * Makes the topics that are missing and waits until every partition answers.
     *
     * @throws BrokerException if a topic exists with another number of partitions, or the cluster does not answer
     */
    public void createTopics(Map<String, Integer> partitionsByName) {
        TopicCreation.create(bootstrapServers(), partitionsByName);
    }

    @Override
    public void close() {
        nodes.forEach(BrokerProcess::kill);
    }
}
