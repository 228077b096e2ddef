package io.streamrank.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.DirectRanking;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A ranking in the language that its client speaks. */
final class RerankAnswer {
    private final RerankQuestion question;
    private final DirectRanking ranking;

    RerankAnswer(RerankQuestion question, DirectRanking ranking) {
        this.question = question;
        this.ranking = ranking;
    }

    /** @param apiVersion of Cohere's, which its clients look at */
    JsonNode json(String apiVersion) {
        return switch (question.shape()) {
            case DOCUMENTS -> documents(apiVersion);
            case TEXTS -> texts();
        };
    }

    private ObjectNode documents(String apiVersion) {
        ObjectNode body = Answers.object()
                .put("id", question.request().requestId())
                .put("object", "list")
                .put("model", ranking.model().id());
        ArrayNode results = body.putArray("results");
        ranking.candidates().forEach(candidate -> {
            ObjectNode result = results.addObject()
                    .put("index", index(candidate))
                    .put("relevance_score", ranking.probability(candidate))
                    .put("score", candidate.score());
            if (question.returnTexts()) {
                result.putObject("document").put("text", text(candidate));
            }
        });
        body.putObject("usage").put("total_tokens", ranking.tokens());
        ObjectNode meta = body.putObject("meta");
        meta.putObject("api_version").put("version", apiVersion);
        meta.putObject("billed_units").put("search_units", 1);
        if (ranking.truncated() > 0) {
            meta.putArray("warnings")
                    .add(ranking.truncated() + " documents were cut to what "
                            + ranking.model().id() + " reads of them");
        }
        body.set("streamrank", more());
        return body;
    }

    private ObjectNode more() {
        Timings timings = ranking.timings();
        ObjectNode more = Answers.object()
                .put("revision", ranking.model().revision())
                .put("device", ranking.device())
                .put("dtype", ranking.dtype())
                .put("queueMicros", micros(timings.queue()))
                .put("tokenizeMicros", micros(timings.tokenize()))
                .put("inferenceMicros", micros(timings.inference()));
        ArrayNode truncated = more.putArray("truncated");
        truncated().forEach(truncated::add);
        return more;
    }

    /** Which of the documents that are in the answer were cut. */
    private List<Integer> truncated() {
        return ranking.candidates().stream()
                .filter(RankedCandidate::truncated)
                .map(RerankAnswer::index)
                .sorted()
                .toList();
    }

    private ArrayNode texts() {
        if (question.wholeOnly() && ranking.truncated() > 0) {
            throw new ApiException(
                    ApiException.TOO_LARGE,
                    "texts" + truncated() + ": longer than " + ranking.model().id()
                            + " can read; leave truncate away, or set it to true, to have them cut");
        }
        ArrayNode results = Answers.array();
        ranking.candidates().forEach(candidate -> {
            ObjectNode result = results.addObject().put("index", index(candidate));
            if (question.rawScores()) {
                result.put("score", candidate.score());
            } else {
                result.put("score", ranking.probability(candidate));
            }
            if (question.returnTexts()) {
                result.put("text", text(candidate));
            }
        });
        return results;
    }

    private static int index(RankedCandidate candidate) {
        return candidate.previousRank() - 1;
    }

    private String text(RankedCandidate candidate) {
        return question.request().candidates().get(index(candidate)).text();
    }

    private static long micros(Duration duration) {
        return TimeUnit.MICROSECONDS.convert(duration);
    }
}
