package io.streamrank.embedded;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * What the metadata log still says about the broker that ran in a directory before: alive, and leading every partition.
 * This starts the controller alone and has it declare that broker dead, before the next one starts.
 *
 * <p>Otherwise the next one begins as the leader that the old one was, and resumes the transactions that were being
 * completed; moments later the controller takes the leadership away to give it to the new incarnation. Kafka 4.3.1
 * mistakes a partition without a leader for a deleted one and drops its transaction marker (KAFKA-20734): what was
 * committed just before a kill then stays invisible to {@code read_committed} for ever, and all after it. Seen in one of
 * four kills. It also makes for a quick restart, since nobody waits for the old session to run out.
 */
final class FormerIncarnation {
    // Nobody sends heartbeats in this phase, so the wait may be as short as the controller's own pace allows.
    private static final Map<String, String> SHORT_SESSION =
            Map.of("broker.session.timeout.ms", "200", "broker.heartbeat.interval.ms", "100");

    /** Properties of the broker's role, which the controller alone refuses. */
    private static final Set<String> BROKER_ONLY =
            Set.of("advertised.listeners", "inter.broker.listener.name", "security.inter.broker.protocol");

    // A broker that was killed before it had registered is never declared dead.
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(20);

    private FormerIncarnation() {}

    /**
     * Waits until the controller has fenced the broker, {@link #LIMIT} at most.
     *
     * @param broker the properties that the broker will be started with
     * @param controllerListener the listener of {@code listeners} that the controller has to itself
     */
    static void fence(Map<String, String> broker, String controllerListener) throws InterruptedException {
        KafkaConfig config = new KafkaConfig(controllerOnly(broker, controllerListener));
        Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> directories =
                KafkaRaftServer.initializeLogDirs(config, LoggerFactory.getLogger(FormerIncarnation.class), "");
        SharedServer shared = new SharedServer(
                config,
                directories._1(),
                Time.SYSTEM,
                new Metrics(),
                CompletableFuture.completedFuture(
                        QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
                List.of(),
                new StandardFaultHandlerFactory(),
                ServerSocketFactory.INSTANCE);
        ControllerServer controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), directories._2());
        try {
            controller.startup();
            awaitFenced(controller, config.nodeId());
        } finally {
            controller.shutdown();
            controller.awaitShutdown();
        }
    }

    private static Map<String, String> controllerOnly(Map<String, String> broker, String listener) {
        Map<String, String> properties = new HashMap<>(broker);
        properties.keySet().removeAll(BROKER_ONLY);
        properties.putAll(SHORT_SESSION);
        properties.put("process.roles", "controller");
        String listeners = broker.getOrDefault("listeners", "");
        properties.put("listeners", listeners.substring(listeners.indexOf(listener)));
        return properties;
    }

    private static void awaitFenced(ControllerServer controller, int brokerId) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!controller.metadataCache().isBrokerFenced(brokerId) && System.nanoTime() < deadline) {
            Thread.sleep(POLL.toMillis());
        }
    }
}
