package io.streamrank.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Rejection.Reason;
import io.streamrank.ingest.DirectReport;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.PipelineObserver.Rebalance;
import io.streamrank.throughput.ThroughputHealth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/metrics.md lists the meters that are registered, and no other. */
class MetricsPageTest {
    private static final Path PAGE = Path.of("docs/metrics.md");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `(streamrank_\\w+)` \\| (\\w+) \\| ([^|]*)\\| (.+) \\|$");
    private static final Pattern CODE = Pattern.compile("`(\\w+)`");
    private static final Pattern NAME = Pattern.compile("streamrank_[a-z_]+");
    private static final List<String> LIBRARY_PREFIXES = List.of("jvm_", "process_", "system_");

    private final ShownMetrics shown = ShownMetrics.all();
    private final String page;

    MetricsPageTest() throws IOException {
        page = Files.readString(PAGE);
    }

    @Test
    void listsEveryMeterWithItsType() {
        Map<String, String> own = new TreeMap<>(shown.types());
        own.keySet().removeIf(name -> LIBRARY_PREFIXES.stream().anyMatch(name::startsWith));

        assertThat(rows().collect(Collectors.toMap(row -> row.group(1), row -> row.group(2))))
                .isEqualTo(own);
    }

    @Test
    void listsTheirLabels() {
        assertThat(rows())
                .allSatisfy(row -> assertThat(names(row.group(3)))
                        .as(row.group(1))
                        .isEqualTo(shown.labels().get(row.group(1))));
    }

    @Test
    void namesNoOtherMetric() {
        assertThat(NAME.matcher(page).results().map(MatchResult::group))
                .allSatisfy(name -> assertThat(shown.types()).containsKey(shown.metric(name)));
    }

    @Test
    void namesTheLibrariesPrefixes() {
        assertThat(LIBRARY_PREFIXES).allSatisfy(prefix -> assertThat(page).contains("`" + prefix + "*`"));
    }

    @Test
    void namesTheValuesOfLabels() throws IOException {
        assertThat(values("streamrank_worker_state")).containsAll(words(Health.State.values()));
        assertThat(values("streamrank_throughput_state")).containsAll(words(ThroughputHealth.State.values()));
        assertThat(values("streamrank_direct_requests_total")).containsAll(words(DirectReport.Outcome.values()));
        assertThat(values("streamrank_rebalances_total")).containsAll(words(Rebalance.values()));
        assertThat(Files.readString(Path.of("docs/wire-format.md")))
                .contains(words(Reason.values()).stream()
                        .map(word -> "`" + word + "`")
                        .toList());
    }

    private Set<String> values(String metric) {
        return rows().filter(row -> row.group(1).equals(metric))
                .findFirst()
                .map(row -> names(row.group(4)))
                .orElseThrow();
    }

    private static Set<String> words(Enum<?>... values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private Stream<MatchResult> rows() {
        return ROW.matcher(page).results();
    }

    private static Set<String> names(String cell) {
        return CODE.matcher(cell).results().map(name -> name.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }
}
