package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers of the API, with figures that tests know. */
final class PageAnswers {
    static final String MINILM = "minilm-l6-reranker";
    static final String MAMBA = "mamba-130m";
    static final List<String> MODELS = List.of(MINILM, MAMBA);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Long> WINDOW_MILLIS = Map.of("10s", 10_000L, "1m", 60_000L, "1h", 3_600_000L);
    private static final int WINDOWS = 62;

    private PageAnswers() {}

    static Map<String, UnaryOperator<String>> ofAnOrdinaryDay() {
        return Map.of(
                "worker", query -> worker("READY"),
                "workers", query -> workers(),
                "lag", query -> lag(3),
                "models", query -> models(MODELS),
                "throughput", query -> throughput(query, MODELS, "streams"),
                "rankings", query -> rankings(10, "doc-", null),
                "dead-letters", query -> deadLetters(),
                "rerank", query -> reranked());
    }

    static String worker(String state) {
        return """
                {"instanceId":"host-0","groupId":"streamrank","version":"1.2.3","state":"%s","joined":true,
                 "sincePollMillis":3,"inPassMillis":0,"sinceBrokerMillis":61000,
                 "inFlight":{"events":1200,"bytes":3145728,"limitBytes":67108864,"paused":false},
                 "partitions":[0,1,2,7],"topics":{"candidates":"rerank.candidates"},"delivery":"exactly_once",
                 "throughput":"streams","textsShown":false}""".formatted(state);
    }

    private static String workers() {
        return """
                {"groupId":"streamrank","state":"STABLE","workers":[
                 {"instanceId":"host-1","clientId":"b","host":"/10.0.0.2","partitions":[3,4,5,6],"self":false},
                 {"instanceId":"host-0","clientId":"a","host":"/10.0.0.1","partitions":[0,1,2,7],"self":true}]}""";
    }

    /** 1,500 records in partition 0, 30 in partition 1, none in the others. */
    static String lag(int partitions) {
        ObjectNode lag = JSON.createObjectNode().put("records", 1_530);
        ArrayNode list = lag.putArray("partitions");
        IntStream.range(0, partitions).forEach(partition -> {
            long records = partition == 0 ? 1_500 : partition == 1 ? 30 : 0;
            list.addObject()
                    .put("partition", partition)
                    .put("committedOffset", 1_000_000)
                    .put("endOffset", 1_000_000 + records)
                    .put("records", records)
                    .put("oldestAgeMillis", partition == 0 ? 83_000L : null)
                    .put("worker", partition == 1 ? "host-1" : "host-0");
        });
        return lag.toString();
    }

    static String models(List<String> ids) {
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode models = answer.putArray("models");
        for (String id : ids) {
            ObjectNode model = models.addObject()
                    .put("id", id)
                    .put("revision", "eea19b5c5708aaaa")
                    .put("family", "bert")
                    .put("default", id.equals(ids.get(0)))
                    .put("device", "cpu")
                    .put("dtype", "bfloat16")
                    .put("maxLength", 8_192)
                    .put("residentBytes", 91_000_000)
                    .put("share", 1);
            model.putObject("tokenCache")
                    .put("hits", 300)
                    .put("misses", 100)
                    .put("evictions", 7)
                    .put("bytes", 2_097_152);
            model.putObject("stateCache")
                    .put("hits", 0)
                    .put("misses", 0)
                    .put("evictions", 0)
                    .put("bytes", 0);
        }
        return answer.toString();
    }

    /** Each model does 1,240 pairs a second in every window; each worker half of that. */
    static String throughput(String query, List<String> models, String source) {
        String size = parameter(query, "window", "10s");
        long millis = requireNonNull(WINDOW_MILLIS.get(size), size);
        long last = Math.floorDiv(System.currentTimeMillis(), millis) * millis;
        String from = parameter(query, "from", "");
        long first =
                from.isEmpty() ? last - WINDOWS * millis : Instant.parse(from).toEpochMilli();
        boolean apart = query.contains("worker=*");
        ObjectNode answer = JSON.createObjectNode().put("source", source);
        answer.putArray("missing");
        ArrayNode windows = answer.putArray("windows");
        for (long start = first; start <= last; start += millis) {
            for (String model : models) {
                for (String worker : apart ? List.of("host-0", "host-1") : List.of("")) {
                    window(windows.addObject(), model, worker, size, start, millis / 1000);
                }
            }
        }
        return answer.toString();
    }

    private static void window(ObjectNode window, String model, String worker, String size, long start, long seconds) {
        long share = worker.isEmpty() ? 1 : 2;
        long pairs = 1_240 * seconds / share;
        window.put("model", model).put("revision", "eea19b5c5708aaaa").put("worker", worker.isEmpty() ? null : worker);
        window.put("window", size).put("start", Instant.ofEpochMilli(start).toString());
        window.put("end", Instant.ofEpochMilli(start + seconds * 1000).toString());
        window.put("pairsPerSecond", 1_240.0 / share).put("tokensPerSecond", 124_000.0 / share);
        window.put("busyShare", 0.4).put("batchFill", 0.75).put("cost", 0.02).put("costPer1000Pairs", 0.0016129);
        ObjectNode work = window.putObject("work").put("requests", pairs / 20).put("pairs", pairs);
        work.put("tokensRead", 750)
                .put("tokenBudget", 1_000)
                .putObject("rejections")
                .put("unscorable", 3);
        ArrayNode devices = window.putArray("devices");
        for (String each : worker.isEmpty() ? List.of("host-0", "host-1") : List.of(worker)) {
            devices.addObject().put("worker", each).put("device", "cpu").put("inferenceMicros", 400_000 * seconds);
        }
        latency(window.putObject("queue"), 1_200);
        latency(window.putObject("inference"), 40_000);
        latency(window.putObject("endToEnd"), 211_000);
    }

    private static void latency(ObjectNode node, long p50) {
        node.put("count", 62).put("sumMicros", 62 * p50).put("p50Micros", p50).put("p90Micros", 2 * p50);
        node.put("p99Micros", 4 * p50).put("maxMicros", 5 * p50);
    }

    /**
     * Two rankings: in the newer one candidates come in the opposite order to before, the other had expired.
     *
     * @param candidates how many each has
     * @param prefix of their ids
     * @param text of query and candidates; null where the API shows none
     */
    static String rankings(int candidates, String prefix, @Nullable String text) {
        ObjectNode answer = JSON.createObjectNode().put("textsShown", text != null);
        ArrayNode list = answer.putArray("rankings");
        ObjectNode ranked = ranking(list.addObject(), "ranked", 41);
        if (text != null) {
            ranked.put("query", text);
        }
        ArrayNode order = ranked.putArray("candidates");
        for (int rank = 1; rank <= candidates; rank++) {
            ObjectNode one = order.addObject()
                    .put("id", prefix + rank)
                    .put("score", 5.5 - rank)
                    .put("rank", rank)
                    .put("previousRank", candidates + 1 - rank)
                    .put("truncated", rank == 2);
            if (text != null) {
                one.put("text", text);
            }
        }
        ranking(list.addObject(), "expired", 40).putArray("candidates");
        return answer.toString();
    }

    private static ObjectNode ranking(ObjectNode ranking, String outcome, long offset) {
        ranking.put("requestId", "request-" + offset)
                .put("queryId", "query-" + offset)
                .put("model", MINILM);
        ranking.put("revision", "eea19b5c5708aaaa").put("outcome", outcome);
        ranking.put("committedAt", "2026-11-22T11:45:00Z").put("queueMicros", 1_500);
        ranking.put("tokenizeMicros", 900).put("inferenceMicros", 48_000);
        ranking.putObject("source")
                .put("topic", "rerank.candidates")
                .put("partition", 2)
                .put("offset", offset);
        return ranking;
    }

    private static String deadLetters() {
        return """
                {"counts":{"undecodable":1203,"unknown_model":2,"empty_value":0},"deadLetters":[
                 {"reason":"unknown_model","message":"model bge is not held by this worker","model":null,
                  "source":{"topic":"rerank.candidates","partition":1,"offset":77},"committedAt":"%s"}]}""".formatted(Instant.now().minusSeconds(125));
    }

    private static String reranked() {
        return """
                {"id":"x","model":"minilm-l6-reranker","results":[
                 {"index":2,"relevance_score":0.9,"score":2.25},{"index":0,"relevance_score":0.4,"score":-0.5},
                 {"index":1,"relevance_score":0.3,"score":-1.5},{"index":3,"relevance_score":0.1,"score":-2.0}],
                 "meta":{"warnings":["Document 3 was cut."]},
                 "streamrank":{"queueMicros":200,"tokenizeMicros":800,"inferenceMicros":30000,"truncated":[3]}}""";
    }

    private static String parameter(String query, String name, String otherwise) {
        Matcher matcher = Pattern.compile("(?:^|&)" + name + "=([^&]*)").matcher(query);
        return matcher.find() ? matcher.group(1) : otherwise;
    }

    /** As many names as this, each long. */
    static List<String> longNames(int count) {
        return Stream.iterate(1, i -> i + 1)
                .limit(count)
                .map(i -> "a-model-with-a-long-name-that-somebody-once-thought-of-and-kept-" + i)
                .toList();
    }
}
