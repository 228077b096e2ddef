package io.streamrank.embedded;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The properties a broker of one node is run with. They make it quick to start and quick to notice failures; they are
 * not how a production cluster is set up.
 */
final class BrokerDefaults {
    private static final Map<String, String> PROPERTIES = properties();

    private BrokerDefaults() {}

    /** All defaults, by property name. */
    static Map<String, String> all() {
        return PROPERTIES;
    }

    private static Map<String, String> properties() {
        Map<String, String> all = new LinkedHashMap<>();
        singleReplica(all);
        steadyLeadership(all);
        quickToNotice(all);
        shortGroupSessions(all);
        small(all);
        // A misspelt topic is an error, not a new topic.
        all.put("auto.create.topics.enable", "false");
        all.put("server.max.startup.time.ms", "60000");
        return Map.copyOf(all);
    }

    private static void singleReplica(Map<String, String> all) {
        all.put("default.replication.factor", "1");
        all.put("min.insync.replicas", "1");
        all.put("offsets.topic.num.partitions", "1");
        all.put("offsets.topic.replication.factor", "1");
        all.put("transaction.state.log.num.partitions", "1");
        all.put("transaction.state.log.replication.factor", "1");
        all.put("transaction.state.log.min.isr", "1");
        all.put("share.coordinator.state.topic.num.partitions", "1");
        all.put("share.coordinator.state.topic.replication.factor", "1");
        all.put("share.coordinator.state.topic.min.isr", "1");
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
