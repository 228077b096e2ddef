package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.replay.run.Chunk.Listed;
import io.streamrank.replay.run.RankedPublisher.Unpublished;
import io.streamrank.replay.run.Recorded.Unusable;
import java.io.IOException;
import java.time.Duration;

/** The lines of a folder's files. docs/replay.md is what they promise. */
final class FolderLines {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double MICROS_PER_MILLI = 1e3;

    private final ReplayFolder folder;
    private final boolean texts;

    FolderLines(ReplayFolder folder, boolean texts) {
        this.folder = folder;
        this.texts = texts;
    }

    void list(Listed list) throws IOException {
        ObjectNode line = place(list.event().source());
        Long timestamp = list.event().timestamp();
        if (timestamp != null) {
            line.put("timestamp", timestamp);
        }
        RerankRequest request = list.event().request();
        line.put("requestId", request.requestId());
        if (request.query().id() != null) {
            line.put("queryId", request.query().id());
        }
        if (texts) {
            line.put("query", request.query().text());
        }
        if (request.model() != null) {
            line.put("model", request.model());
        }
        ArrayNode candidates = line.putArray("candidates");
        for (Candidate candidate : request.candidates()) {
            ObjectNode each = candidates.addObject().put("id", candidate.id());
            if (texts) {
                each.put("text", candidate.text());
            }
            Double score = candidate.score();
            if (score != null && Double.isFinite(score)) {
                each.put("score", score);
            }
        }
        list.live().ifPresent(live -> line.set("live", live(live)));
        folder.line(FolderNames.LISTS, line);
    }

    private static ObjectNode live(Ranking ranking) {
        ObjectNode node = JSON.createObjectNode();
        node.put("model", ranking.model().id());
        node.put("revision", ranking.model().revision());
        ArrayNode ranked = node.putArray("ranking");
        for (RankedCandidate candidate : ranking.candidates()) {
            ranked.addObject().put("id", candidate.id()).put("score", candidate.score());
        }
        return node;
    }

    void scores(String model, long line, float[] scores) throws IOException {
        ObjectNode node = JSON.createObjectNode().put("line", line);
        ArrayNode all = node.putArray("scores");
        for (float score : scores) {
            all.add(score);
        }
        folder.line(FolderNames.scores(model), node);
    }

    void timing(String model, long line, Duration took) throws IOException {
        double millis = Math.round(took.toNanos() / NANOS_PER_MICRO) / MICROS_PER_MILLI;
        folder.line(
                FolderNames.timings(model),
                JSON.createObjectNode().put("line", line).put("millis", millis));
    }

    void skipped(Unusable unusable) throws IOException {
        folder.line(
                FolderNames.SKIPPED,
                place(unusable.source()).put("reason", unusable.reason()).put("message", unusable.message()));
    }

    void unpublished(Unpublished ranking) throws IOException {
        folder.line(
                FolderNames.UNPUBLISHED,
                place(ranking.source())
                        .put("model", ranking.model())
                        .put("reason", ranking.reason())
                        .put("message", ranking.message()));
    }

    private static ObjectNode place(SourcePosition source) {
        return JSON.createObjectNode()
                .put("topic", source.topic())
                .put("partition", source.partition())
                .put("offset", source.offset());
    }
}
