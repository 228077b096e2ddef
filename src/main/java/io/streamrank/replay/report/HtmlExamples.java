package io.streamrank.replay.report;

import static io.streamrank.replay.report.Html.signed;
import static io.streamrank.replay.report.Html.value;

import io.streamrank.replay.report.ReplayReport.Example;
import io.streamrank.replay.report.ReplayReport.Line;
import java.util.List;

/** Queries with their first ranks before and after. */
final class HtmlExamples {
    private final ReplayReport report;
    private final Html page;

    HtmlExamples(ReplayReport report, Html page) {
        this.report = report;
        this.page = page;
    }

    void write() {
        String heading = "";
        for (Example example : report.examples()) {
            String next = heading(example);
            if (!next.equals(heading)) {
                page.raw(heading.isEmpty() ? "" : "</details>");
                page.raw("<details open=\"\">").element("summary", next);
                heading = next;
            }
            write(example);
        }
        page.raw(heading.isEmpty() ? "" : "</details>");
    }

    private String heading(Example example) {
        return switch (example.why()) {
            case GAINED -> example.model() + ": gained most in " + report.primary();
            case LOST -> example.model() + ": lost most in " + report.primary();
            case CHANGED -> example.model() + ": order changed most";
        };
    }

    private void write(Example example) {
        page.raw("<article class=\"example\"><h3>")
                .text(example.query().isEmpty() ? "(no text)" : example.query())
                .raw("</h3><p class=\"quiet\">")
                .element("span class=\"id\"", example.name())
                .text(" · RBO " + value(example.rbo()));
        if (!Double.isNaN(example.before())) {
            page.text(" · " + report.primary() + " " + value(example.before()) + " → " + value(example.after()) + " (")
                    .raw(example.after() > example.before() ? "<span class=\"good\">" : "<span class=\"bad\">")
                    .text(signed(example.after() - example.before()))
                    .raw("</span>)");
        }
        page.raw("</p><div class=\"pair\">");
        ranking(report.baseline(), example.baselineTop(), example.model());
        ranking(example.model(), example.modelTop(), report.baseline());
        page.raw("</div></article>");
    }

    private void ranking(String name, List<Line> lines, String other) {
        page.raw("<div>").element("h5", name).raw("<ol>");
        for (Line line : lines) {
            page.raw("<li>").element("span class=\"id\"", line.id()).raw(" ");
            if (line.grade() != null) {
                page.element(
                        line.grade() >= report.settings().relevantFrom()
                                ? "span class=\"badge good\""
                                : "span class=\"badge\"",
                        "grade " + line.grade());
                page.raw(" ");
            }
            page.element(
                    "span class=\"quiet\"",
                    line.otherRank() == 0 ? "not in " + other : "rank " + line.otherRank() + " in " + other);
            if (!line.text().isEmpty()) {
                page.raw("<br>").text(line.text());
            }
            page.raw("</li>");
        }
        page.raw("</ol></div>");
    }
}
