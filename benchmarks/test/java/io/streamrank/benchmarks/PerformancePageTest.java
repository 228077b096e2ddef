package io.streamrank.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerformancePageTest {
    private static final Path PAGE = Path.of("docs/performance.md");
    private static final Path RESULTS = Path.of("benchmarks/results");

    @Test
    void holdsThePageToItsResults() throws IOException {
        String page = Files.readString(PAGE);

        assertThat(PerformancePage.filled(page, RESULTS))
                .as("run io.streamrank.benchmarks.PerformancePage")
                .isEqualTo(page);
        for (Map.Entry<String, String> plot :
                PerformancePage.plots(page, RESULTS).entrySet()) {
            assertThat(PAGE.resolveSibling(plot.getKey())).hasContent(plot.getValue());
        }
    }

    @Test
    void fillsTablesAndLeavesTheRest(@TempDir Path results) throws IOException {
        Files.writeString(
                results.resolve("guard.json"),
                "{\"ratios\": {\"ours/peer\": 1.234}, \"environment\": {\"revision\": \"abc\", \"cpu\": \"a CPU\"}}");

        String filled =
                PerformancePage.filled("before\n<!-- table guard guard.json -->\n<!-- end -->\nafter\n", results);

        assertThat(filled).startsWith("before\n").endsWith("after\n").contains("| ours/peer | 1.23 |", "revision abc");
        assertThat(PerformancePage.filled(filled, results)).isEqualTo(filled);
    }
}
