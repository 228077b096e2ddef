package io.streamrank.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.ingest.GroupSnapshot;
import io.streamrank.ingest.GroupSnapshot.Member;
import io.streamrank.ingest.GroupSnapshot.PartitionLag;
import io.streamrank.ingest.GroupView;
import io.streamrank.ingest.Load.Backlog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the brokers say of the workers' group, as JSON. Waits for them. */
final class GroupApi {
    private final ApiSources sources;
    private final Clock clock;

    GroupApi(ApiSources sources, Clock clock) {
        this.sources = sources;
        this.clock = clock;
    }

    private GroupSnapshot snapshot() throws InterruptedException {
        ApiSources.Group group = sources.group()
                .orElseThrow(() -> ApiException.unavailable("it is not known yet which group to ask for; this starts"));
        try {
            return group.snapshot();
        } catch (GroupView.UnavailableException e) {
            throw ApiException.unavailable(String.valueOf(e.getMessage()));
        }
    }

    ObjectNode workers() throws InterruptedException {
        GroupSnapshot group = snapshot();
        Optional<String> self = sources.worker().flatMap(WorkerView::instanceId);
        ObjectNode body =
                Answers.object().put("groupId", sources.groupId().orElse(null)).put("state", group.state());
        ArrayNode workers = body.putArray("workers");
        for (Member member : group.members()) {
            ObjectNode worker = workers.addObject()
                    .put("instanceId", member.instanceId().orElse(null))
                    .put("clientId", member.clientId())
                    .put("host", member.host());
            ArrayNode partitions = worker.putArray("partitions");
            member.partitions().forEach(partitions::add);
            worker.put("self", self.isPresent() && self.equals(member.instanceId()));
        }
        return body;
    }

    ObjectNode lag() throws InterruptedException {
        GroupSnapshot group = snapshot();
        Map<Integer, Long> ages = ages();
        ObjectNode body = Answers.object();
        ArrayNode partitions = body.putArray("partitions");
        for (PartitionLag lag : group.partitions()) {
            partitions
                    .addObject()
                    .put("partition", lag.partition())
                    .put("committedOffset", orNull(lag.committed()))
                    .put("endOffset", orNull(lag.end()))
                    .put("records", orNull(lag.records()))
                    .put("oldestAgeMillis", ages.get(lag.partition()))
                    .put("worker", lag.member().orElse(null));
        }
        return body.put("records", group.records());
    }

    private static @Nullable Long orNull(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }

    /** Of the oldest event in hand of each partition that this process's worker holds. */
    private Map<Integer, Long> ages() {
        Map<Integer, Long> ages = new HashMap<>();
        Instant now = clock.instant();
        List<Backlog> backlogs =
                sources.worker().map(worker -> worker.load().backlogs()).orElse(List.of());
        for (Backlog backlog : backlogs) {
            Instant oldest = backlog.oldest();
            if (oldest != null) {
                ages.put(
                        backlog.partition(),
                        Math.max(0, Duration.between(oldest, now).toMillis()));
            }
        }
        return ages;
    }
}
