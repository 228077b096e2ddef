package io.streamrank.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The dashboard and the alert rules ask for metrics and labels that there are. */
class DashboardTest {
    /** Put on every series by Prometheus itself. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

    private static final Pattern SERIES =
            Pattern.compile("\\b((?:streamrank|jvm|process|system)_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on|without|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)\\s*}}");

    private final ShownMetrics shown = ShownMetrics.all();
    private final JsonNode dashboard;
    private final JsonNode alerts;

    DashboardTest() throws IOException {
        dashboard = new ObjectMapper()
                .readTree(Path.of("k8s/grafana/streamrank.json").toFile());
        alerts = new YAMLMapper().readTree(Path.of("k8s/monitoring/alerts.yaml").toFile());
    }

    @Test
    void dashboardAsksForWhatThereIs() {
        List<JsonNode> targets = dashboard.findValues("targets").stream()
                .flatMap(DashboardTest::elements)
                .toList();

        assertThat(targets).hasSizeGreaterThan(20).allSatisfy(target -> {
            requireKnown(target.get("expr").asText());
            requireGrouped(
                    target.get("expr").asText(), target.get("legendFormat").asText());
        });
    }

    @Test
    void dashboardsVariablesAskForWhatThereIs() {
        List<String> queries = dashboard.findValues("definition").stream()
                .map(JsonNode::asText)
                .toList();

        assertThat(queries).hasSize(3).allSatisfy(query -> {
            requireKnown(query);
            Matcher series = SERIES.matcher(query);
            assertThat(series.find()).as(query).isTrue();
            String label = query.substring(query.lastIndexOf(',') + 1, query.lastIndexOf(')'))
                    .trim();
            assertThat(labels(series.group(1))).as(query).contains(label);
        });
    }

    @Test
    void panelsHaveTheirOwnIdsAndPlaces() {
        List<String> ids = new ArrayList<>();
        Set<String> cells = new HashSet<>();
        elements(dashboard.get("panels")).forEach(panel -> {
            ids.add(panel.get("id").asText());
            JsonNode place = panel.get("gridPos");
            for (int x = 0; x < place.get("w").asInt(); x++) {
                for (int y = 0; y < place.get("h").asInt(); y++) {
                    String cell =
                            (place.get("x").asInt() + x) + "," + (place.get("y").asInt() + y);
                    assertThat(cells.add(cell))
                            .as("%s overlaps at %s", panel.get("title"), cell)
                            .isTrue();
                    assertThat(place.get("x").asInt() + x).isLessThan(24);
                }
            }
        });

        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void alertsAskForWhatThereIs() {
        assertThat(rules()).hasSizeGreaterThan(6).allSatisfy(rule -> {
            requireKnown(rule.get("expr").asText());
            assertThat(rule.get("labels").get("severity").asText()).isIn("warning", "critical");
            assertThat(rule.get("for").asText()).matches("\\d+m");
        });
    }

    /** The annotation would print nothing for a label that the expression has summed away. */
    @Test
    void alertsPrintLabelsThatTheirExpressionKeeps() {
        assertThat(rules())
                .allSatisfy(rule -> requireGrouped(
                        rule.get("expr").asText(),
                        rule.get("annotations").get("summary").asText()));
    }

    @Test
    void everyAlertHasItsPlaceInTheRunbook() throws IOException {
        String page = Files.readString(Path.of("docs/operating.md"));
        assertThat(rules()).allSatisfy(rule -> {
            String name = rule.get("alert").asText();
            assertThat(page).contains("\n### " + name + "\n");
            assertThat(rule.get("annotations").get("runbook").asText())
                    .isEqualTo("docs/operating.md#" + name.toLowerCase(Locale.ROOT));
        });
        assertThat(page.lines().filter(line -> line.startsWith("### Streamrank")))
                .hasSameSizeAs(rules());
    }

    private List<JsonNode> rules() {
        return alerts.get("spec").get("groups").findValues("rules").stream()
                .flatMap(DashboardTest::elements)
                .toList();
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /** Each series is shown, each of its labels its own, and each bound that of a bucket. */
    private void requireKnown(String expression) {
        Set<String> known = new HashSet<>(OF_PROMETHEUS);
        Matcher series = SERIES.matcher(expression);
        boolean any = false;
        while (series.find()) {
            any = true;
            String name = series.group(1);
            assertThat(shown.types()).as(expression).containsKey(shown.metric(name));
            known.addAll(labels(name));
            if (series.group(2) != null) {
                Matcher matcher = MATCHER.matcher(series.group(2));
                while (matcher.find()) {
                    assertThat(labels(name)).as(expression).contains(matcher.group(1));
                    if (matcher.group(1).equals("le")) {
                        assertThat(shown.bounds(shown.metric(name)))
                                .as(expression)
                                .contains(matcher.group(2));
                    }
                }
            }
        }
        assertThat(any || expression.startsWith("up{")).as(expression).isTrue();
        groupings(expression).forEach(label -> assertThat(known).as(expression).contains(label));
    }

    /** Where an expression groups, what is printed is among what it groups by. */
    private static void requireGrouped(String expression, String printed) {
        Set<String> kept = groupings(expression);
        if (!kept.isEmpty()) {
            LEGEND.matcher(printed)
                    .results()
                    .map(label -> label.group(1))
                    .filter(label -> !label.equals("value"))
                    .forEach(label -> assertThat(kept).as(expression).contains(label));
        }
    }

    private static Set<String> groupings(String expression) {
        Set<String> labels = new HashSet<>();
        GROUPING.matcher(expression)
                .results()
                .flatMap(grouping -> Pattern.compile("\\s*,\\s*")
                        .splitAsStream(grouping.group(1).trim()))
                .forEach(labels::add);
        return labels;
    }

    private Set<String> labels(String series) {
        Set<String> labels = new HashSet<>(OF_PROMETHEUS);
        labels.addAll(shown.labels().getOrDefault(shown.metric(series), Set.of()));
        if (series.endsWith("_bucket")) {
            labels.add("le");
        }
        return labels;
    }
}
