package io.streamrank.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.CacheUse;
import io.streamrank.contract.Rejection;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How {@code tail --batches} shows what a transaction cost. */
final class StatisticsFormat {
    /** Over the columns of {@link #line}. */
    static final String HEADING = String.format(
            Locale.ROOT,
            "%-20s  %-24s %6s %6s %6s %7s %9s %8s %6s %5s %9s %9s  %s",
            "time",
            "model",
            "lists",
            "late",
            "dead",
            "pairs",
            "tokens",
            "pairs/s",
            "passes",
            "full",
            "queue ms",
            "score ms",
            "worker");

    private static final ObjectMapper JSON = new ObjectMapper();

    private StatisticsFormat() {}

    /** For people. */
    static String line(BatchStatistics statistics) {
        long dead = statistics.rejections().values().stream()
                .mapToLong(Integer::longValue)
                .sum();
        double seconds = statistics.inference().toNanos() / 1e9;
        return String.format(
                Locale.ROOT,
                "%-20s  %-24s %6d %6d %6d %7d %9d %8s %6d %5s %9d %9d  %s",
                statistics.time().truncatedTo(ChronoUnit.SECONDS),
                statistics.model().id(),
                statistics.requests(),
                statistics.expired(),
                dead,
                statistics.pairs(),
                statistics.tokens(),
                seconds == 0 ? "-" : String.format(Locale.ROOT, "%.0f", statistics.pairs() / seconds),
                statistics.batches(),
                statistics.tokenBudget() == 0
                        ? "-"
                        : String.format(
                                Locale.ROOT, "%.0f%%", 100.0 * statistics.tokensRead() / statistics.tokenBudget()),
                statistics.queueMax().toMillis(),
                statistics.inference().toMillis(),
                statistics.worker());
    }

    /** For programs: one JSON object on a line, with the event's field names. */
    static String json(BatchStatistics statistics) {
        ObjectNode node = JSON.createObjectNode();
        node.putObject("model")
                .put("id", statistics.model().id())
                .put("revision", statistics.model().revision())
                .put("family", statistics.model().family());
        node.put("worker", statistics.worker())
                .put("device", statistics.device())
                .put("dtype", statistics.dtype())
                .put("time", statistics.time().toString())
                .put("requests", statistics.requests())
                .put("expired", statistics.expired())
                .put("candidates", statistics.candidates())
                .put("pairs", statistics.pairs())
                .put("duplicates", statistics.duplicates())
                .put("tokens", statistics.tokens())
                .put("cachedTokens", statistics.cachedTokens())
                .put("tokensRead", statistics.tokensRead())
                .put("truncated", statistics.truncated())
                .put("batches", statistics.batches())
                .put("tokenBudget", statistics.tokenBudget())
                .put("splits", statistics.splits())
                .put("queueMaxMicros", micros(statistics.queueMax()))
                .put("tokenizeMicros", micros(statistics.tokenize()))
                .put("inferenceMicros", micros(statistics.inference()))
                .put("publishMicros", micros(statistics.publish()));
        put(node.putArray("queueMicros"), statistics.queue());
        put(node.putArray("endToEndMicros"), statistics.endToEnd());
        put(node, "tokenCache", statistics.tokenCache());
        put(node, "stateCache", statistics.stateCache());
        Map<String, Integer> rejections = new TreeMap<>();
        statistics
                .rejections()
                .forEach((Rejection.Reason reason, Integer count) -> rejections.put(reason.word(), count));
        node.set("rejections", JSON.valueToTree(rejections));
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(ArrayNode array, List<Duration> durations) {
        durations.forEach(duration -> array.add(micros(duration)));
    }

    private static void put(ObjectNode node, String name, CacheUse use) {
        node.put(name + "Hits", use.hits())
                .put(name + "Misses", use.misses())
                .put(name + "Evictions", use.evictions())
                .put(name + "Bytes", use.bytes());
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }
}
