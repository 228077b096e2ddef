package io.streamrank.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.throughput.ThroughputQueries.Host;
import io.streamrank.throughput.ThroughputQueries.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers which throughput there was, whichever instance keeps the windows: asks those that do, puts together what they
 * answer, and names those that do not.
 */
final class ThroughputApi {
    private static final Logger LOG = LoggerFactory.getLogger(ThroughputApi.class);

    /** Some 20 MB of JSON. */
    private static final int WINDOWS_MAX = 20_000;

    private static final String HERE = "this instance";

    private final Vertx vertx;
    private final Peers peers;
    private final ApiSources sources;
    private final Clock clock;

    ThroughputApi(Vertx vertx, Peers peers, ApiSources sources, Clock clock) {
        this.vertx = vertx;
        this.peers = peers;
        this.sources = sources;
        this.clock = clock;
    }

    /** What one instance has; without windows where it did not answer. */
    private record Part(String instance, Optional<JsonNode> windows) {}

    Future<Buffer> answer(RoutingContext context) {
        ThroughputQuestion question = ThroughputQuestion.of(context.queryParams(), clock.instant());
        ThroughputSource source = sources.throughput()
                .orElseThrow(() -> ApiException.unavailable("throughput is not added up in this process, or not yet"));
        return vertx.executeBlocking(() -> hosts(source, question), false).compose(hosts -> {
            List<Future<Part>> parts = new ArrayList<>();
            hosts.forEach(host ->
                    parts.add(host.self() ? own(source, question, host.address().toString()) : other(host, question)));
            if (hosts.stream().noneMatch(Host::self)) {
                parts.add(own(source, question, HERE));
            }
            return Future.join(parts).compose(all -> vertx.executeBlocking(() -> merged(source, all.list()), false));
        });
    }

    private static List<Host> hosts(ThroughputSource source, ThroughputQuestion question) {
        return question.local() ? List.of() : source.hosts(question.model().orElse(null));
    }

    private Future<Part> own(ThroughputSource source, ThroughputQuestion question, String name) {
        return vertx.executeBlocking(() -> own(source, question), false)
                .map(windows -> new Part(name, Optional.<JsonNode>of(windows)))
                .recover(error -> {
                    if (error instanceof UnavailableException) {
                        return Future.succeededFuture(new Part(name, Optional.empty()));
                    }
                    return Future.failedFuture(error);
                });
    }

    private static ArrayNode own(ThroughputSource source, ThroughputQuestion question) {
        ArrayNode windows = Answers.array();
        source.windows(question.size(), question.from(), question.to()).stream()
                .filter(question::isMetBy)
                .forEach(window -> {
                    requireFew(windows.size() + 1);
                    windows.add(ThroughputJson.json(window));
                });
        return windows;
    }

    private static void requireFew(int windows) {
        if (windows > WINDOWS_MAX) {
            throw ApiException.badRequest("from, to: more than " + WINDOWS_MAX
                    + " windows lie between them; ask for a shorter time, longer windows, one model or one worker");
        }
    }

    private Future<Part> other(Host host, ThroughputQuestion question) {
        String name = host.address().toString();
        return peers.ask(host.address(), question.localPath())
                .map(answer ->
                        new Part(name, Optional.of(answer.path("windows")).filter(JsonNode::isArray)))
                .otherwise(error -> {
                    LOG.debug("{} does not answer: {}", name, error.toString());
                    return new Part(name, Optional.empty());
                });
    }

    private static Buffer merged(ThroughputSource source, List<Part> parts) {
        if (parts.stream().allMatch(part -> part.windows().isEmpty())) {
            throw ApiException.unavailable("no instance that keeps these windows can be asked for them at present: "
                    + String.join(", ", missing(parts)));
        }
        ObjectNode answer = Answers.object().put("source", source.kind());
        ArrayNode windows = answer.putArray("windows");
        // By key, since windows that change hands may be kept by two for a moment: the one that tells of more is newer.
        TreeMap<String, JsonNode> byKey = new TreeMap<>();
        parts.forEach(part -> part.windows()
                .ifPresent(all -> all.forEach(window -> byKey.merge(key(window), window, ThroughputApi::newer))));
        requireFew(byKey.size());
        windows.addAll(byKey.values());
        ArrayNode missing = answer.putArray("missing");
        missing(parts).forEach(missing::add);
        return Answers.bytes(answer);
    }

    private static List<String> missing(List<Part> parts) {
        return parts.stream()
                .filter(part -> part.windows().isEmpty())
                .map(Part::instance)
                .sorted()
                .toList();
    }

    /** Orders by model, revision, worker (all together first) and start. */
    private static String key(JsonNode window) {
        return String.join(
                "\0",
                window.path("model").asText(),
                window.path("revision").asText(),
                window.path("worker").isNull() ? "" : window.path("worker").asText(),
                window.path("start").asText());
    }

    private static JsonNode newer(JsonNode one, JsonNode other) {
        return one.at("/work/statistics").asLong()
                        >= other.at("/work/statistics").asLong()
                ? one
                : other;
    }
}
