package io.streamrank.streams;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Properties of an application that processes each record exactly once. */
public final class ExactlyOnceProperties {
    private ExactlyOnceProperties() {}

    /**
     * Properties to which others may be added.
     *
     * @param stateDirectory no other instance may use it
     * @param clientProperties passed to every Kafka client as they are; none of those set here
     */
    public static Properties of(
            String bootstrapServers,
            String applicationId,
            Path stateDirectory,
            Duration commitInterval,
            Map<String, String> clientProperties) {
        Properties properties = new Properties();
        // The one compression that every client in every language reads.
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        properties.putAll(clientProperties);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitInterval.toMillis());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        return properties;
    }
}
