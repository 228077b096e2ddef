package io.streamrank.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.ingest.GroupSnapshot;
import io.streamrank.ingest.GroupSnapshot.Member;
import io.streamrank.ingest.GroupSnapshot.PartitionLag;
import io.streamrank.ingest.GroupView;
import io.streamrank.ingest.Load.Backlog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the brokers say of the workers' group, as JSON. No thread waits for them. */
final class GroupApi {
    private final Vertx vertx;
    private final ApiSources sources;
    private final Clock clock;

    GroupApi(Vertx vertx, ApiSources sources, Clock clock) {
        this.vertx = vertx;
        this.sources = sources;
        this.clock = clock;
    }

    Future<Buffer> workers() {
        return answer(this::workers);
    }

    Future<Buffer> lag() {
        return answer(this::lag);
    }

    private Future<Buffer> answer(Function<GroupSnapshot, ObjectNode> toJson) {
        ApiSources.Group group = sources.group()
                .orElseThrow(() -> ApiException.unavailable("it is not known yet which group to ask for; this starts"));
        return Future.fromCompletionStage(group.snapshot(), vertx.getOrCreateContext())
                .recover(error -> Future.failedFuture(reason(error)))
                .compose(snapshot -> vertx.executeBlocking(() -> Answers.bytes(toJson.apply(snapshot)), false));
    }

    private static Throwable reason(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof GroupView.UnavailableException
                ? ApiException.unavailable(String.valueOf(cause.getMessage()))
                : cause;
    }

    private ObjectNode workers(GroupSnapshot group) {
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

    private ObjectNode lag(GroupSnapshot group) {
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
