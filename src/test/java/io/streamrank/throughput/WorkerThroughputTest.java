package io.streamrank.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorkerThroughputTest {
    private static final Instant HOUR = Instant.parse("2026-11-22T10:00:00Z");
    private static final Instant NOW = HOUR.plus(Duration.ofHours(5));
    private static final Prices PRICES = new Prices(Map.of("gpu", 3.6));
    private static final int KEPT = 3;

    private final WorkerThroughput throughput = new WorkerThroughput(PRICES, KEPT, Clock.fixed(NOW, ZoneOffset.UTC));

    @ParameterizedTest
    @EnumSource
    void addsUpAsTheTopologyDoes(WindowSize size) {
        TestingStatistics first = told("m", 1, 2);
        TestingStatistics second = told("m", 8, 3);
        throughput.add(first.build());
        throughput.add(second.build());

        ThroughputScope scope = new ThroughputScope("m", first.revision(), "w");
        Sums sums = new Sums(PRICES);
        Throughput expected = sums.plus(sums.plus(Throughput.none(scope, size, HOUR), first.build()), second.build());
        List<Throughput> windows = throughput.windows(size, HOUR, NOW);
        assertThat(windows).hasSize(2);
        assertThat(windows.get(1)).isEqualTo(expected);
        assertThat(windows.get(0).scope()).isEqualTo(scope.allWorkers());
        assertThat(windows.get(0).work()).isEqualTo(expected.work());
        assertThat(windows.get(0).endToEnd()).isEqualTo(expected.endToEnd());
        assertThat(windows.get(0).cost()).isEqualTo(expected.cost()).isNotNull();
    }

    @Test
    void ordersByModelRevisionWorkerAndStart() {
        throughput.add(told("n", 1, 1).build());
        throughput.add(told("m", 11, 2).build());
        throughput.add(told("m", 1, 3).build());
        throughput.add(told("m", 1, 4).revision("ffff").build());

        assertThat(throughput.windows(WindowSize.TEN_SECONDS, HOUR, NOW))
                .extracting(window -> window.scope().model() + " "
                        + window.scope().revision().charAt(0) + " "
                        + window.scope().worker() + " "
                        + window.work().requests())
                .containsExactly(
                        "m 0 null 3",
                        "m 0 null 2",
                        "m 0 w 3",
                        "m 0 w 2",
                        "m f null 4",
                        "m f w 4",
                        "n 0 null 1",
                        "n 0 w 1");
    }

    @Test
    void givesTheWindowsThatBeginInARange() {
        throughput.add(told("m", 5, 1).build());
        throughput.add(told("m", 15, 2).build());
        throughput.add(told("m", 25, 3).build());

        assertThat(requests(HOUR.plusSeconds(10), HOUR.plusSeconds(10))).containsExactly(2L);
        assertThat(requests(HOUR, HOUR.plusSeconds(10))).containsExactly(1L, 2L);
        assertThat(requests(HOUR.plusSeconds(10), HOUR)).isEmpty();
    }

    @Test
    void keepsTheLatestWindowsAndLosesNothingOfWhatComesLate() {
        for (int window = 0; window <= KEPT; window++) {
            throughput.add(told("m", 10 * window, 1).build());
        }
        throughput.add(told("m", 0, 7).build());

        assertThat(requests(HOUR, NOW)).containsExactly(1L, 1L, 1L);
        List<Throughput> windows = throughput.windows(WindowSize.TEN_SECONDS, HOUR.plusSeconds(30), NOW);
        assertThat(windows)
                .allSatisfy(window -> assertThat(window.late().requests()).isEqualTo(7));
        assertThat(throughput.windows(WindowSize.HOUR, HOUR, NOW))
                .allSatisfy(window -> assertThat(window.work().requests()).isEqualTo(KEPT + 1 + 7));
    }

    @Test
    void nothingCountsInAWindowToCome() {
        throughput.add(told("m", (int) Duration.ofHours(6).toSeconds(), 1).build());

        assertThat(throughput.windows(WindowSize.TEN_SECONDS, NOW, NOW)).hasSize(2);
    }

    private List<Long> requests(Instant from, Instant to) {
        return throughput.windows(WindowSize.TEN_SECONDS, from, to).stream()
                .filter(window -> window.scope().worker() != null)
                .map(window -> window.work().requests())
                .toList();
    }

    private static TestingStatistics told(String model, int second, int requests) {
        return TestingStatistics.of(model, "w", HOUR.plusSeconds(second), requests);
    }
}
