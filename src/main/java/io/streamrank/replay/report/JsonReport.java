package io.streamrank.replay.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.report.ReplayReport.Changes;
import io.streamrank.replay.report.ReplayReport.Example;
import io.streamrank.replay.report.ReplayReport.JudgedQueries;
import io.streamrank.replay.report.ReplayReport.Latency;
import io.streamrank.replay.report.ReplayReport.Line;
import io.streamrank.replay.report.ReplayReport.Result;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The report for programs, under names that stay. What is not known is null. */
final class JsonReport {
    private static final int VERSION = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonReport() {}

    static ObjectNode of(ReplayReport report) {
        ObjectNode node = JSON.createObjectNode();
        node.put("version", VERSION).put("created", report.created().toString());
        switch (report.ending()) {
            case FINISHED -> node.put("finished", true);
            case UNFINISHED -> node.put("finished", false);
            case UNKNOWN -> node.putNull("finished");
        }
        node.put("lists", report.lists()).put("cutLive", report.cutLive());
        node.set("settings", settings(report.settings()));
        node.set("judgments", judgments(report.judgments()));
        node.put("baseline", report.baseline());
        ArrayNode contenders = node.putArray("contenders");
        report.contenders().forEach(result -> contenders.add(contender(result)));
        ArrayNode conditions = node.putArray("conditions");
        report.verdicts().forEach(verdict -> {
            ObjectNode condition = conditions.addObject();
            condition.put("condition", verdict.condition()).put("model", verdict.model());
            put(condition, "left", verdict.left());
            put(condition, "right", verdict.right());
            condition.put("holds", verdict.holds());
        });
        node.put("failed", report.failed());
        ArrayNode examples = node.putArray("examples");
        report.examples().forEach(example -> examples.add(example(example)));
        node.set("replay", report.replay());
        return node;
    }

    private static ObjectNode settings(ReportSettings settings) {
        ObjectNode node = JSON.createObjectNode();
        settings.measures().forEach(node.putArray("measures")::add);
        node.put("everyJudgedQuery", settings.everyJudgedQuery()).put("relevantFrom", settings.relevantFrom());
        if (settings.maxDocuments() == Integer.MAX_VALUE) {
            node.putNull("maxDocuments");
        } else {
            node.put("maxDocuments", settings.maxDocuments());
        }
        node.put("unjudged", settings.unjudged().word());
        node.put("topK", settings.topK()).put("rboP", settings.rboP());
        node.put("resamples", settings.resamples()).put("seed", settings.seed());
        node.put("examples", settings.examples()).put("preset", settings.preset());
        return node;
    }

    private static @Nullable ObjectNode judgments(@Nullable JudgedQueries judged) {
        return judged == null
                ? null
                : JSON.createObjectNode()
                        .put("source", judged.source())
                        .put("unreadable", judged.unreadable())
                        .put("queries", judged.queries())
                        .put("repeated", judged.repeated())
                        .put("skipped", judged.skipped())
                        .put("lacking", judged.lacking())
                        .put("unknown", judged.unknown());
    }

    private static ObjectNode contender(Result result) {
        ObjectNode node = JSON.createObjectNode();
        node.put("name", result.name())
                .put(
                        "kind",
                        result.contender()
                                .kind()
                                .name()
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '-'));
        node.set("model", model(result.model()));
        ObjectNode measures = node.putObject("measures");
        result.means().forEach((measure, mean) -> {
            ObjectNode value = measures.putObject(measure);
            put(value, "mean", mean.value());
            put(value, "low", mean.low());
            put(value, "high", mean.high());
            value.put("queries", mean.queries());
        });
        ObjectNode differences = node.putObject("differences");
        result.differences().forEach((measure, difference) -> {
            ObjectNode value = differences.putObject(measure);
            put(value, "mean", difference.value());
            put(value, "low", difference.low());
            put(value, "high", difference.high());
            put(value, "p", difference.p());
            put(value, "pHolm", difference.corrected());
            value.put("better", difference.better())
                    .put("worse", difference.worse())
                    .put("same", difference.same());
        });
        node.set("latencyMillis", latency(result.latency()));
        node.set("calibration", calibration(result.calibration()));
        node.set("changes", changes(result.changes()));
        return node;
    }

    private static @Nullable ObjectNode model(@Nullable ReplayedModel model) {
        if (model == null) {
            return null;
        }
        ObjectNode node = JSON.createObjectNode();
        node.put("folder", model.folder()).put("family", model.family()).put("revision", model.revision());
        node.put("device", model.device()).put("dtype", model.dtype());
        put(node, "maxLength", model.maxLength());
        put(node, "parameters", model.parameters());
        put(node, "memoryBytes", model.memoryBytes());
        put(node, "pairs", model.pairs());
        put(node, "tokens", model.tokens());
        put(node, "scoringSeconds", model.scoringSeconds());
        put(node, "pairsPerSecond", model.pairsPerSecond());
        return node;
    }

    private static @Nullable ObjectNode latency(@Nullable Latency latency) {
        return latency == null
                ? null
                : JSON.createObjectNode()
                        .put("p50", latency.p50())
                        .put("p95", latency.p95())
                        .put("p99", latency.p99());
    }

    private static @Nullable ObjectNode calibration(@Nullable Calibration calibration) {
        if (calibration == null) {
            return null;
        }
        ObjectNode node = JSON.createObjectNode();
        node.put("probabilities", calibration.probabilities());
        put(node, "expectedCalibrationError", calibration.error());
        ArrayNode grades = node.putArray("grades");
        calibration.grades().forEach(grade -> {
            ObjectNode value = grades.addObject();
            value.put("grade", grade.grade()).put("documents", grade.documents());
            put(value, "low", grade.low());
            put(value, "p5", grade.p5());
            put(value, "p25", grade.p25());
            put(value, "median", grade.median());
            put(value, "p75", grade.p75());
            put(value, "p95", grade.p95());
            put(value, "high", grade.high());
        });
        ArrayNode bins = node.putArray("bins");
        calibration
                .bins()
                .forEach(bin -> bins.addObject()
                        .put("documents", bin.documents())
                        .put("score", bin.score())
                        .put("relevant", bin.relevant()));
        return node;
    }

    private static @Nullable ObjectNode changes(@Nullable Changes changes) {
        if (changes == null) {
            return null;
        }
        ObjectNode node = JSON.createObjectNode();
        node.put("lists", changes.lists());
        put(node, "sameFirst", changes.sameFirst());
        put(node, "overlap", changes.overlap());
        put(node, "rbo", changes.rbo());
        put(node, "tau", changes.tau());
        put(node, "scoreShift", changes.shift());
        ArrayNode histogram = node.putArray("rboTenths");
        for (long count : changes.histogram()) {
            histogram.add(count);
        }
        return node;
    }

    private static ObjectNode example(Example example) {
        ObjectNode node = JSON.createObjectNode();
        node.put("why", example.why().name().toLowerCase(Locale.ROOT))
                .put("model", example.model())
                .put("name", example.name())
                .put("query", example.query())
                .put("timestamp", example.timestamp());
        put(node, "rbo", example.rbo());
        put(node, "before", example.before());
        put(node, "after", example.after());
        lines(node.putArray("baselineTop"), example.baselineTop());
        lines(node.putArray("modelTop"), example.modelTop());
        return node;
    }

    private static void lines(ArrayNode nodes, List<Line> lines) {
        for (Line line : lines) {
            ObjectNode node = nodes.addObject();
            node.put("rank", line.rank()).put("id", line.id()).put("text", line.text());
            put(node, "score", line.score());
            node.put("otherRank", line.otherRank()).put("grade", line.grade());
        }
    }

    /** JSON has no NaN. */
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
