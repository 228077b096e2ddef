package io.streamrank.cli;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.throughput.Prices;
import io.streamrank.throughput.ThroughputSettings;
import io.streamrank.throughput.ThroughputSettings.HostAndPort;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** From configuration to what adds up throughput. */
final class ThroughputAssembly {
    private final StreamrankConfig config;

    ThroughputAssembly(StreamrankConfig config) {
        this.config = config;
    }

    String applicationId() {
        return config.throughput()
                .applicationId()
                .orElseGet(() -> config.kafka().groupId() + "-throughput");
    }

    /** @param instanceId no other instance of this application on this machine has it */
    ThroughputSettings settings(String bootstrapServers, String instanceId, Map<String, String> clientProperties) {
        StreamrankConfig.Throughput throughput = config.throughput();
        Path stateDirectory = throughput
                .stateDir()
                .orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir"), "streamrank-throughput"));
        try {
            return new ThroughputSettings(
                    bootstrapServers,
                    applicationId(),
                    config.topics().batches(),
                    config.topics().throughput(),
                    stateDirectory.resolve(instanceId),
                    throughput.applicationServer().map(HostAndPort::parse),
                    throughput.grace(),
                    throughput.windowsKept(),
                    throughput.commitInterval(),
                    throughput.standbyReplicas(),
                    throughput.closeTimeout(),
                    new Prices(throughput.pricePerHour()),
                    clientProperties);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("streamrank.throughput: " + e.getMessage(), e);
        }
    }

    /** Sees that the topics are there; where they may be created, the throughput topic is compacted and bounded. */
    void requireTopics(IngestSettings settings) throws InterruptedException {
        String topic = config.topics().throughput();
        Map<String, String> compacted = Map.of(
                "cleanup.policy",
                "compact,delete",
                "retention.ms",
                Long.toString(config.throughput().retention().toMillis()));
        new TopicCheck(settings).require(List.of(config.topics().batches(), topic), Map.of(topic, compacted));
    }
}
