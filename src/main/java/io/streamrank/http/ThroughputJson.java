package io.streamrank.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Latency;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.Work;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Throughput as JSON, for the API and the command line alike. */
public final class ThroughputJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ThroughputJson() {}

    /** A window as one JSON object: what the event holds, but for the latencies' buckets. */
    public static ObjectNode json(Throughput window) {
        ObjectNode node = JSON.createObjectNode();
        node.put("model", window.scope().model());
        node.put("revision", window.scope().revision());
        node.put("worker", window.scope().worker());
        node.put("window", window.size().word());
        node.put("start", window.start().toString());
        node.put("end", window.end().toString());
        node.put("pairsPerSecond", window.pairsPerSecond());
        node.put("tokensPerSecond", window.tokensPerSecond());
        node.put("busyShare", window.busyShare());
        node.put("batchFill", window.batchFill());
        node.put("cost", window.cost());
        node.put("costPer1000Pairs", window.costPer1000Pairs());
        node.set("work", json(window.work()));
        node.set("late", json(window.late()));
        ArrayNode devices = node.putArray("devices");
        window.devices()
                .forEach(use -> devices.addObject()
                        .put("worker", use.worker())
                        .put("device", use.device())
                        .put("inferenceMicros", micros(use.inference())));
        node.set("queue", json(window.queue()));
        node.set("inference", json(window.inference()));
        node.set("endToEnd", json(window.endToEnd()));
        return node;
    }

    private static ObjectNode json(Work work) {
        ObjectNode node = JSON.createObjectNode();
        node.put("statistics", work.statistics());
        node.put("requests", work.requests());
        node.put("expired", work.expired());
        node.put("candidates", work.candidates());
        node.put("pairs", work.pairs());
        node.put("duplicates", work.duplicates());
        node.put("tokens", work.tokens());
        node.put("cachedTokens", work.cachedTokens());
        node.put("tokensRead", work.tokensRead());
        node.put("truncated", work.truncated());
        node.put("batches", work.batches());
        node.put("tokenBudget", work.tokenBudget());
        node.put("splits", work.splits());
        node.put("tokenCacheHits", work.tokenCacheHits());
        node.put("tokenCacheMisses", work.tokenCacheMisses());
        node.put("stateCacheHits", work.stateCacheHits());
        node.put("stateCacheMisses", work.stateCacheMisses());
        node.put("inferenceMicros", micros(work.inference()));
        node.put("publishes", work.publishes());
        node.put("publishMicros", micros(work.publish()));
        ObjectNode rejections = node.putObject("rejections");
        new TreeMap<>(work.rejections()).forEach((reason, count) -> rejections.put(reason.word(), count));
        return node;
    }

    private static ObjectNode json(Latency latency) {
        return JSON.createObjectNode()
                .put("count", latency.count())
                .put("sumMicros", micros(latency.sum()))
                .put("p50Micros", micros(latency.p50()))
                .put("p90Micros", micros(latency.p90()))
                .put("p99Micros", micros(latency.p99()))
                .put("maxMicros", micros(latency.max()));
    }

    private static long micros(Duration duration) {
        return TimeUnit.MICROSECONDS.convert(duration);
    }
}
