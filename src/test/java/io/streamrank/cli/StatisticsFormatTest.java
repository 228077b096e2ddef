package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.CacheUse;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Rejection.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class StatisticsFormatTest {
    private static final BatchStatistics STATISTICS = new BatchStatistics(
            new ModelRef("minilm", "0123456789ab", "bert"),
            "worker-0",
            "cpu",
            "float32",
            Instant.parse("2026-01-02T03:04:05.678Z"),
            9,
            1,
            900,
            800,
            20,
            70_400,
            4_864,
            65_536,
            3,
            2,
            131_072,
            0,
            Duration.ofMillis(40),
            List.of(Duration.ofMillis(40), Duration.ofMillis(3)),
            List.of(Duration.ofMillis(210)),
            Duration.ofMillis(15),
            new CacheUse(30, 770, 4, 65_536),
            new CacheUse(100, 680, 2, 131_072),
            Duration.ofMillis(500),
            Duration.ofMillis(25),
            Map.of(Reason.UNDECODABLE, 2, Reason.TOO_LARGE, 1));

    @Test
    void tableStandsUnderItsHeading() {
        String line = StatisticsFormat.line(STATISTICS);

        assertThat(line)
                .isEqualTo("2026-01-02T03:04:05Z  minilm                        9      1      3     800     70400"
                        + "     1600      2   50%        40       500  worker-0");
        assertThat(StatisticsFormat.HEADING.indexOf("worker")).isEqualTo(line.indexOf("worker-0"));
    }

    @Test
    void jsonLineHoldsEveryFieldOfTheEvent() throws Exception {
        JsonNode node = new ObjectMapper().readTree(StatisticsFormat.json(STATISTICS));

        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        io.streamrank.events.BatchStatistics.getClassSchema().getFields().stream()
                                .map(Schema.Field::name)
                                .toList());
        assertThat(node.at("/rejections/undecodable").asInt()).isEqualTo(2);
        assertThat(node.at("/inferenceMicros").asLong()).isEqualTo(500_000);
        assertThat(node.at("/queueMicros/1").asLong()).isEqualTo(3_000);
        assertThat(node.at("/stateCacheHits").asLong()).isEqualTo(100);
        assertThat(node.at("/time").asText()).isEqualTo("2026-01-02T03:04:05.678Z");
    }
}
