package io.streamrank.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.RecentDeadLetter;
import io.streamrank.ingest.RecentOutcomes;
import io.streamrank.ingest.RecentRanking;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What this worker committed last, as JSON. */
final class OutcomesApi {
    private static final int LIMIT = 20;

    private final ApiSources sources;

    OutcomesApi(ApiSources sources) {
        this.sources = sources;
    }

    private RecentOutcomes outcomes() {
        WorkerApi.worker(sources);
        return sources.outcomes().orElseThrow(() -> ApiException.unavailable("the worker starts"));
    }

    private static int limit(MultiMap parameters) {
        return Parameters.of(parameters, "limit").count("limit", LIMIT);
    }

    ObjectNode rankings(MultiMap parameters) {
        int limit = limit(parameters);
        RecentOutcomes outcomes = outcomes();
        ObjectNode body = Answers.object().put("textsShown", outcomes.keepsTexts());
        ArrayNode rankings = body.putArray("rankings");
        outcomes.rankings(limit).forEach(ranking -> rankings.add(json(ranking)));
        return body;
    }

    private static ObjectNode json(RecentRanking ranking) {
        ObjectNode node = Answers.object().put("requestId", ranking.requestId());
        node.put("queryId", ranking.queryId().orElse(null));
        ranking.query().ifPresent(text -> node.put("query", text));
        node.put("model", ranking.model().id())
                .put("revision", ranking.model().revision())
                .put("outcome", ranking.outcome().name().toLowerCase(Locale.ROOT));
        node.set("source", json(ranking.source()));
        node.put("committedAt", ranking.committedAt().toString())
                .put("queueMicros", micros(ranking.timings().queue()))
                .put("tokenizeMicros", micros(ranking.timings().tokenize()))
                .put("inferenceMicros", micros(ranking.timings().inference()));
        ArrayNode candidates = node.putArray("candidates");
        ranking.candidates().forEach(candidate -> candidates.add(json(candidate)));
        return node;
    }

    private static ObjectNode json(RecentRanking.Candidate candidate) {
        ObjectNode node = Answers.object()
                .put("id", candidate.id())
                .put("score", candidate.score())
                .put("rank", candidate.rank())
                .put("previousRank", candidate.previousRank())
                .put("truncated", candidate.truncated());
        candidate.text().ifPresent(text -> node.put("text", text));
        return node;
    }

    ObjectNode deadLetters(MultiMap parameters) {
        int limit = limit(parameters);
        RecentOutcomes outcomes = outcomes();
        ObjectNode body = Answers.object();
        ArrayNode letters = body.putArray("deadLetters");
        outcomes.deadLetters(limit).forEach(letter -> letters.add(json(letter)));
        ObjectNode counts = body.putObject("counts");
        new TreeMap<>(outcomes.deadLetterCounts()).forEach((reason, count) -> counts.put(reason.word(), count));
        return body;
    }

    private static ObjectNode json(RecentDeadLetter letter) {
        ObjectNode node = Answers.object().put("reason", letter.reason().word()).put("message", letter.message());
        node.set("source", json(letter.source()));
        return node.put("committedAt", letter.committedAt().toString())
                .put("model", letter.model().map(model -> model.id()).orElse(null));
    }

    private static ObjectNode json(SourcePosition source) {
        return Answers.object()
                .put("topic", source.topic())
                .put("partition", source.partition())
                .put("offset", source.offset());
    }

    private static long micros(Duration duration) {
        return TimeUnit.MICROSECONDS.convert(duration);
    }
}
