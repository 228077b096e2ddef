package io.streamrank.cli;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that talks to a cluster. */
final class KafkaOptions {
    @Option(
            names = {"-b", "--bootstrap-servers"},
            paramLabel = "HOST:PORT",
            description = "Where the cluster is (default: streamrank.kafka.bootstrap-servers, 127.0.0.1:9092).")
    private @Nullable String bootstrapServers;

    @Option(
            names = "--property",
            paramLabel = "KEY=VALUE",
            description = "A property for every Kafka client, security and the like; repeatable.")
    private Map<String, String> properties = new LinkedHashMap<>();

    String bootstrapServers(StreamrankConfig config) {
        return Optional.ofNullable(bootstrapServers).orElse(config.kafka().bootstrapServers());
    }

    /** What is configured, and over it what the command line says. */
    Map<String, String> clientProperties(StreamrankConfig config) {
        Map<String, String> all = new HashMap<>(config.kafka().properties());
        all.putAll(properties);
        return all;
    }

    /** The properties of a client: the configured ones, the command line's, the cluster's address. */
    Map<String, Object> clientConfig(StreamrankConfig config) {
        Map<String, Object> all = new HashMap<>(clientProperties(config));
        all.put("bootstrap.servers", bootstrapServers(config));
        return all;
    }
}
