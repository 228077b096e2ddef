package io.streamrank.cli;

import io.streamrank.http.ApiSources;
import io.streamrank.http.ThroughputSource;
import io.streamrank.ingest.GroupView;
import io.streamrank.ingest.IngestSettings;
import java.util.Optional;

/** What the API tells of a process that adds up throughput and has no worker. */
final class ThroughputSources implements ApiSources, AutoCloseable {
    private final IngestSettings settings;
    private final RunningThroughput running;
    private final GroupView group;

    ThroughputSources(IngestSettings settings, RunningThroughput running) {
        this.settings = settings;
        this.running = running;
        this.group = new GroupView(settings);
    }

    @Override
    public Optional<String> groupId() {
        return Optional.of(settings.groupId());
    }

    @Override
    public Optional<Group> group() {
        return Optional.of(group::snapshot);
    }

    @Override
    public Optional<ThroughputSource> throughput() {
        return running.source();
    }

    @Override
    public void close() {
        group.close();
    }
}
