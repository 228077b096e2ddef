package io.streamrank.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GuardReportTest {
    private static final Map<String, Double> RECORDED = Map.of("scoring", 2.0);

    @Test
    void bearsWhatIsWithinTheTolerance() {
        assertThat(GuardReport.of(RECORDED, Map.of("scoring", 1.81), 0.1).regressed())
                .isFalse();
    }

    @Test
    void tellsARatioThatFellByMore() {
        GuardReport report = GuardReport.of(RECORDED, Map.of("scoring", 1.79), 0.1);

        assertThat(report.regressed()).isTrue();
        assertThat(report.lines().get(0)).contains("scoring", "1.790", "2.000", "-10.5%", "SLOWER");
    }

    @Test
    void welcomesARatioThatRose() {
        assertThat(GuardReport.of(RECORDED, Map.of("scoring", 4.0), 0.1).regressed())
                .isFalse();
    }

    @Test
    void doesNotPassWhatWasNotMeasured() {
        assertThat(GuardReport.of(RECORDED, Map.of(), 0.1).regressed()).isTrue();
        assertThat(GuardReport.of(RECORDED, Map.of("scoring", Double.NaN), 0.1).regressed())
                .isTrue();
    }

    @Test
    void showsWhatIsNew() {
        GuardReport report = GuardReport.of(RECORDED, Map.of("scoring", 2.0, "packing", 1.5), 0.1);

        assertThat(report.regressed()).isFalse();
        assertThat(report.lines()).anySatisfy(line -> assertThat(line).contains("packing", "not recorded yet"));
    }
}
