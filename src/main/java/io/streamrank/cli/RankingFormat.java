package io.streamrank.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;

/** How {@code tail} shows a ranking. */
enum RankingFormat {
    /** For people. */
    TABLE {
        @Override
        String format(Ranking ranking, int top) {
            StringBuilder text = new StringBuilder();
            text.append(String.format(
                    Locale.ROOT,
                    "%s  query %s  %s@%s  %s  %s",
                    ranking.requestId(),
                    ranking.queryId() == null ? "-" : ranking.queryId(),
                    ranking.model().id(),
                    ranking.model().revision(),
                    ranking.outcome().name().toLowerCase(Locale.ROOT),
                    ranking.source()));
            ranking.candidates().stream()
                    .limit(top)
                    .forEach(candidate -> text.append(String.format(
                            Locale.ROOT,
                            "%n  %4d  was %4d  %10.4f  %s%s",
                            candidate.rank(),
                            candidate.previousRank(),
                            candidate.score(),
                            candidate.id(),
                            candidate.truncated() ? "  (cut)" : "")));
            int more = ranking.candidates().size() - top;
            if (more > 0) {
                text.append(String.format(Locale.ROOT, "%n        and %d more", more));
            }
            return text.toString();
        }
    },
    /** For programs: one JSON object a line, with the event's field names. */
    JSONL {
        @Override
        String format(Ranking ranking, int top) {
            ObjectNode node = JSON.createObjectNode();
            node.put("requestId", ranking.requestId());
            node.put("queryId", ranking.queryId());
            node.put("outcome", ranking.outcome().name());
            node.putObject("model")
                    .put("id", ranking.model().id())
                    .put("revision", ranking.model().revision())
                    .put("family", ranking.model().family());
            node.put("device", ranking.device());
            node.put("dtype", ranking.dtype());
            ArrayNode candidates = node.putArray("ranking");
            ranking.candidates().stream().limit(top).forEach(candidate -> add(candidates, candidate));
            node.putObject("source")
                    .put("topic", ranking.source().topic())
                    .put("partition", ranking.source().partition())
                    .put("offset", ranking.source().offset());
            node.putObject("timings")
                    .put("queueMicros", micros(ranking.timings().queue()))
                    .put("tokenizeMicros", micros(ranking.timings().tokenize()))
                    .put("inferenceMicros", micros(ranking.timings().inference()));
            node.set("attributes", JSON.valueToTree(ranking.attributes()));
            try {
                return JSON.writeValueAsString(node);
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private static final ObjectMapper JSON = new ObjectMapper();

    /** One ranking as text, its best candidates only. */
    abstract String format(Ranking ranking, int top);

    private static void add(ArrayNode candidates, RankedCandidate candidate) {
        candidates
                .addObject()
                .put("id", candidate.id())
                .put("score", candidate.score())
                .put("rank", candidate.rank())
                .put("previousRank", candidate.previousRank())
                .put("truncated", candidate.truncated());
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }
}
