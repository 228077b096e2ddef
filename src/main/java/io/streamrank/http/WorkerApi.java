package io.streamrank.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.ingest.RolloutReport.Rollout;
import io.streamrank.ingest.Topics;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.util.List;

/** What this process's worker and models are, as JSON. */
final class WorkerApi {
    private final ApiSources sources;
    private final boolean texts;

    /** @param texts whether texts are shown */
    WorkerApi(ApiSources sources, boolean texts) {
        this.sources = sources;
        this.texts = texts;
    }

    /** The worker, or who says that there is none. */
    static WorkerView worker(ApiSources sources) {
        return sources.worker().orElseThrow(WorkerApi::noWorker);
    }

    static ApiException noWorker() {
        return ApiException.notFound("no worker runs in this process; ask one that 'streamrank work' started");
    }

    ObjectNode models() {
        ObjectNode body = Answers.object();
        ArrayNode list = body.putArray("models");
        List<Reranker> models = sources.models();
        models.forEach(model -> list.add(json(model, isOfDefault(model, models)).put("share", sources.share(model))));
        RolloutReport report = sources.rollouts();
        ArrayNode rollouts = body.putArray("rollouts");
        report.rollouts().forEach(rollout -> rollouts.add(json(rollout)));
        return body.put("rolloutFileError", report.fileError().orElse(null));
    }

    private static boolean isOfDefault(Reranker model, List<Reranker> models) {
        return model.model().id().equals(models.get(0).model().id());
    }

    private static ObjectNode json(Rollout rollout) {
        return Answers.object()
                .put("model", rollout.model())
                .put("path", rollout.path())
                .put("revision", rollout.revision().orElse(null))
                .put("share", rollout.share())
                .put("state", rollout.state().name())
                .put("error", rollout.error().orElse(null));
    }

    private static ObjectNode json(Reranker model, boolean byDefault) {
        ObjectNode node = Answers.object()
                .put("id", model.model().id())
                .put("revision", model.model().revision())
                .put("family", model.model().family())
                .put("default", byDefault)
                .put("device", model.device())
                .put("dtype", model.dtype())
                .put("maxLength", model.maxLength())
                .put("residentBytes", model.residentBytes());
        node.set("tokenCache", json(model.tokenCache()));
        node.set("stateCache", json(model.stateCache()));
        return node;
    }

    private static ObjectNode json(CacheStatistics cache) {
        return Answers.object()
                .put("hits", cache.hits())
                .put("misses", cache.misses())
                .put("evictions", cache.evictions())
                .put("bytes", cache.bytes());
    }

    ObjectNode worker() {
        WorkerView worker = worker(sources);
        Health health = worker.health();
        ObjectNode body = Answers.object()
                .put("instanceId", worker.instanceId().orElse(null))
                .put("groupId", worker.groupId())
                .put("version", worker.version())
                .put("state", health.state().name())
                .put("joined", health.joined())
                .put("sincePollMillis", health.sincePoll().toMillis())
                .put("inPassMillis", health.inPass().toMillis())
                .put("sinceBrokerMillis", health.sinceBroker().toMillis());
        Load load = worker.load();
        body.putObject("inFlight")
                .put("events", load.events())
                .put("bytes", load.bytes())
                .put("limitBytes", worker.limitBytes())
                .put("paused", load.paused());
        ArrayNode partitions = body.putArray("partitions");
        load.backlogs().stream().mapToInt(Load.Backlog::partition).sorted().forEach(partitions::add);
        Topics topics = worker.topics();
        body.putObject("topics")
                .put("candidates", topics.candidates())
                .put("ranked", topics.ranked())
                .put("batches", topics.batches())
                .put("deadLetters", topics.deadLetters());
        return body.put("delivery", worker.delivery())
                .put(
                        "throughput",
                        sources.throughput().map(ThroughputSource::kind).orElse("none"))
                .put("textsShown", texts);
    }
}
