package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.DeviceUse;
import io.streamrank.contract.Latency;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import io.streamrank.contract.Work;
import io.streamrank.http.ThroughputJson;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class ThroughputScreenTest {
    private static final Instant START = Instant.parse("2026-11-22T11:45:00Z");
    private static final Instant NOW = START.plusSeconds(12);

    private final ThroughputScreen screen = new ThroughputScreen(WindowSize.TEN_SECONDS);

    @Test
    void showsTheLastWindowThatHasEnded() {
        screen.add(window("minilm", null, START, 2_460, 0));
        screen.add(window("minilm", "host-0", START, 2_400, 0));
        screen.add(window("minilm", "host-1", START, 60, 0));
        screen.add(window("minilm", null, START.plusSeconds(10), 7, 0));

        assertThat(plain(screen.lines(NOW)))
                .containsExactly(
                        "Throughput  11:45:00 to 11:45:10 UTC",
                        "",
                        "model, worker                  lists/s  pairs/s  tokens/s  busy  fill    queue p50/p99    end to end p50/p99/max failed",
                        "minilm                              12      246    24,600   83%   75%      1.2 / 31 ms        211 / 450 / 612 ms      -",
                        "  host-0                            12      240    24,000   83%   75%      1.2 / 31 ms        211 / 450 / 612 ms      -",
                        "  host-1                           0.3      6.0       600   83%   75%      1.2 / 31 ms        211 / 450 / 612 ms      -");
    }

    @Test
    void keepsThoseWhoWereBusyAMomentAgo() {
        screen.add(window("minilm", "host-0", START.minusSeconds(30), 60, 0));
        screen.add(window("other", "host-0", START, 60, 0));

        List<String> lines = plain(screen.lines(NOW));

        assertThat(lines.get(3)).startsWith("  host-0").contains(" - ").doesNotContain("6.0");
        assertThat(lines.get(5)).contains("6.0");
        assertThat(plain(screen.lines(NOW.plusSeconds(60)))).noneMatch(line -> line.contains("minilm"));
    }

    @Test
    void showsTheFillingWindowUntilOneHasEnded() {
        screen.add(window("minilm", null, START.plusSeconds(10), 60, 0));

        assertThat(plain(screen.lines(NOW)).get(0)).isEqualTo("Throughput  11:45:10 to 11:45:20 UTC, so far");
        assertThat(plain(screen.lines(NOW.plusSeconds(10))).get(0)).isEqualTo("Throughput  11:45:10 to 11:45:20 UTC");
    }

    @Test
    void saysSoWhereNothingWasRanked() {
        assertThat(plain(screen.lines(NOW))).last().isEqualTo("Nothing was ranked in the last 70 s");
    }

    @Test
    void aLaterRecordOfAWindowReplacesTheEarlierOne() {
        screen.add(window("minilm", null, START, 60, 0));
        screen.add(window("minilm", null, START, 120, 3));

        assertThat(plain(screen.lines(NOW)).get(3)).contains("12").endsWith("     3");
    }

    @Test
    void namesAreNotMarkup() {
        screen.add(window("@|red x|@", null, START, 60, 0));

        assertThat(screen.lines(NOW).get(3)).doesNotContain("@|red");
    }

    @Test
    void tellsProgramsEverything() {
        JsonNode json = ThroughputJson.json(window("minilm", null, START, 60, 3));

        assertThat(json.get("worker").isNull()).isTrue();
        assertThat(json.get("window").textValue()).isEqualTo("10s");
        assertThat(json.get("start").textValue()).isEqualTo("2026-11-22T11:45:00Z");
        assertThat(json.at("/work/pairs").longValue()).isEqualTo(60);
        assertThat(json.at("/work/rejections/unscorable").longValue()).isEqualTo(3);
        assertThat(json.at("/endToEnd/p99Micros").longValue()).isEqualTo(450_000);
        assertThat(json.get("pairsPerSecond").doubleValue()).isEqualTo(6);
    }

    private static List<String> plain(List<String> lines) {
        return lines.stream().map(line -> Ansi.OFF.string(line)).toList();
    }

    private static Throughput window(String model, @Nullable String worker, Instant start, long pairs, long failures) {
        Work work = new Work(
                1,
                pairs / 20,
                0,
                pairs,
                pairs,
                0,
                100 * pairs,
                0,
                750,
                0,
                1,
                1_000,
                0,
                0,
                0,
                0,
                0,
                Duration.ofMillis(8_300),
                0,
                Duration.ZERO,
                failures == 0 ? Map.of() : Map.of(Reason.UNSCORABLE, failures));
        return new Throughput(
                new ThroughputScope(model, "0a1b2c3d4e5f", worker),
                WindowSize.TEN_SECONDS,
                start,
                work,
                Work.NONE,
                List.of(new DeviceUse("host-0", "cpu", Duration.ofMillis(8_300))),
                null,
                latency(1_200, 30_900, 31_000),
                Latency.NONE,
                latency(211_000, 450_000, 612_000));
    }

    private static Latency latency(long p50, long p99, long max) {
        return new Latency(100, micros(100 * p50), micros(p50), micros(p99), micros(p99), micros(max), List.of());
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(1_000 * micros);
    }
}
