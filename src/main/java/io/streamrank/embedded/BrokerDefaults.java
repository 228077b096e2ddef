package io.streamrank.embedded;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The properties that a broker is run with. They make it quick to start and quick to notice failures; they are
 * not how a production cluster is set up.
 */
final class BrokerDefaults {
    private static final int REPLICAS_MAX = 3;
    private static final Map<String, String> PROPERTIES = properties();

    private BrokerDefaults() {}

    /** All defaults for a broker that is its own cluster, by property name. */
    static Map<String, String> all() {
        return PROPERTIES;
    }

    /** All defaults for one of so many nodes. */
    static Map<String, String> of(int nodes) {
        if (nodes == 1) {
            return PROPERTIES;
        }
        Map<String, String> all = new LinkedHashMap<>(PROPERTIES);
        replicas(all, Math.min(nodes, REPLICAS_MAX));
        // Others take over, and soon: so long after a node has died.
        all.put("broker.session.timeout.ms", "5000");
        all.put("controlled.shutdown.enable", "true");
        return Map.copyOf(all);
    }

    private static Map<String, String> properties() {
        Map<String, String> all = new LinkedHashMap<>();
        replicas(all, 1);
        steadyLeadership(all);
        quickToNotice(all);
        shortGroupSessions(all);
        small(all);
        // A misspelt topic is an error, not a new topic.
        all.put("auto.create.topics.enable", "false");
        all.put("server.max.startup.time.ms", "60000");
        return Map.copyOf(all);
    }

    /** What is written is on all but one of the replicas, where there are several, so that one may die. */
    private static void replicas(Map<String, String> all, int count) {
        String replicas = Integer.toString(count);
        String insync = Integer.toString(Math.max(1, count - 1));
        all.put("default.replication.factor", replicas);
        all.put("min.insync.replicas", insync);
        all.put("offsets.topic.num.partitions", "1");
        all.put("offsets.topic.replication.factor", replicas);
        all.put("transaction.state.log.num.partitions", "1");
        all.put("transaction.state.log.replication.factor", replicas);
        all.put("transaction.state.log.min.isr", insync);
        all.put("share.coordinator.state.topic.num.partitions", "1");
        all.put("share.coordinator.state.topic.replication.factor", replicas);
        all.put("share.coordinator.state.topic.min.isr", insync);
    }

    /**
     * Keeps partitions from losing their leader while the broker runs: nobody else could take over, and markers of
     * transactions may get lost ({@link FormerIncarnation}).
     */
    private static void steadyLeadership(Map<String, String> all) {
        // Survives being paused and a slow machine. The controller shares the broker's JVM, so there is no failure that
        // it could notice sooner.
        all.put("broker.session.timeout.ms", "60000");
        all.put("controlled.shutdown.enable", "false");
    }

    private static void quickToNotice(Map<String, String> all) {
        all.put("group.initial.rebalance.delay.ms", "0");
        // How soon the controller lets clients at a broker that has started.
        all.put("broker.heartbeat.interval.ms", "300");
        // How soon a dead producer's transaction stops holding up read_committed readers: looked at every 10 s by
        // default.
        all.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");
    }

    /** Lowers the floors, so that a group may ask for short sessions; KIP-848 members take theirs from the broker. */
    private static void shortGroupSessions(Map<String, String> all) {
        all.put("group.min.session.timeout.ms", "500");
        all.put("group.consumer.min.session.timeout.ms", "500");
        all.put("group.consumer.session.timeout.ms", "6000");
        all.put("group.consumer.min.heartbeat.interval.ms", "100");
        all.put("group.consumer.heartbeat.interval.ms", "1000");
    }

    private static void small(Map<String, String> all) {
        all.put("num.network.threads", "2");
        all.put("num.io.threads", "4");
        all.put("background.threads", "2");
        // 128 MiB of heap by default, taken at start.
        all.put("log.cleaner.dedupe.buffer.size", "4194304");
    }
}
