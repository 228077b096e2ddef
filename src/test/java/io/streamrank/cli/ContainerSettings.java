package io.streamrank.cli;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Settings as a container is given them, by environment variables. */
public final class ContainerSettings {
    private static final int ORDINAL = 300;

    private ContainerSettings() {}

    /** Variables that look like settings and set nothing. */
    public static List<String> unknown(Map<String, String> environment) {
        return UnknownVariables.in(environment.keySet());
    }

    /** What a worker makes of them; throws what it would throw at its start. */
    public static StreamrankConfig read(Map<String, String> environment) {
        StreamrankConfig config = new SmallRyeConfigBuilder()
                .withMapping(StreamrankConfig.class)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withSources(new EnvConfigSource(environment, ORDINAL))
                .build()
                .getConfigMapping(StreamrankConfig.class);
        new WorkerAssembly(config)
                .ingestSettings(
                        config.kafka().bootstrapServers(),
                        config.kafka().instanceId().orElse("worker"),
                        config.kafka().createTopics(),
                        config.kafka().properties());
        new HttpAssembly(config).settings();
        return config;
    }
}
