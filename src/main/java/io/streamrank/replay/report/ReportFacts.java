package io.streamrank.replay.report;

import io.streamrank.replay.report.ReplayReport.Result;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What has to be known to make the same report again, in words. */
final class ReportFacts {
    private ReportFacts() {}

    static Map<String, String> of(ReplayReport report) {
        ReportSettings settings = report.settings();
        Map<String, String> facts = new LinkedHashMap<>();
        for (Result result : report.contenders()) {
            ReplayedModel model = result.model();
            if (model != null) {
                facts.put(
                        "Model " + model.name(),
                        "revision " + model.revision() + " (" + model.family() + "), " + model.dtype() + " on "
                                + model.device() + ", " + Html.count(model.maxLength()) + " tokens at most, "
                                + Html.count(model.parameters()) + " parameters, from " + model.folder());
            }
        }
        facts.put("Baseline", report.baseline());
        facts.put("Judgments", judgments(report.judgments()));
        facts.put("Unjudged documents", settings.unjudged().word());
        facts.put("Relevant from grade", Integer.toString(settings.relevantFrom()));
        facts.put(
                "Documents looked at",
                settings.maxDocuments() == Integer.MAX_VALUE ? "all" : Html.count(settings.maxDocuments()));
        facts.put("Judged queries without a list", settings.everyJudgedQuery() ? "count 0" : "don't count");
        facts.put("Overlap at", Integer.toString(settings.topK()));
        facts.put("RBO's p", Double.toString(settings.rboP()));
        facts.put("Tests and intervals", Html.count(settings.resamples()) + " resamples, seed " + settings.seed());
        facts.put("Preset", settings.preset() == null ? "none" : settings.preset());
        if (report.replay().path("sample").isNumber()) {
            facts.put("Sample", Html.percent(report.replay().path("sample").doubleValue()) + " of the lists");
        }
        String skipped = skipped(report);
        if (!skipped.isEmpty()) {
            facts.put("Left out by the replay", skipped);
        }
        facts.put("Streamrank", report.replay().path("streamrank").asText("unknown"));
        return facts;
    }

    private static String judgments(ReplayReport.@org.jspecify.annotations.Nullable JudgedQueries judged) {
        return judged == null ? "none" : judged.source();
    }

    private static String skipped(ReplayReport report) {
        return report.replay().path("skipped").properties().stream()
                .filter(reason -> reason.getValue().asLong() > 0)
                .map(reason -> Html.count(reason.getValue().asLong()) + " " + reason.getKey())
                .collect(Collectors.joining(", "));
    }
}
