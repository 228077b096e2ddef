package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.Topics;
import java.util.Optional;

/**
 * How the worker of this process is at a moment.
 *
 * @param instanceId its name in the group; empty while it has none yet
 * @param groupId the workers' group
 * @param version of Streamrank
 * @param topics where it reads and writes
 * @param delivery what is promised of results: {@code exactly_once}, {@code at_least_once}
 * @param health how it is
 * @param load what it has before it
 * @param limitBytes polling pauses while the events in hand hold more
 */
public record WorkerView(
        Optional<String> instanceId,
        String groupId,
        String version,
        Topics topics,
        String delivery,
        Health health,
        Load load,
        long limitBytes) {
    public WorkerView {
        requireNonNull(instanceId, "instanceId");
        requireNonNull(groupId, "groupId");
        requireNonNull(version, "version");
        requireNonNull(topics, "topics");
        requireNonNull(delivery, "delivery");
        requireNonNull(health, "health");
        requireNonNull(load, "load");
    }
}
