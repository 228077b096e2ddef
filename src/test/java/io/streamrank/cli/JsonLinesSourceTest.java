package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.replay.run.RangeEnd;
import io.streamrank.replay.run.Recorded;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import io.streamrank.replay.run.RequestAcceptance;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesSourceTest {
    private static final RequestAcceptance ACCEPTANCE = new RequestAcceptance(new RequestBounds(1000, 2));

    private final Path file;

    JsonLinesSourceTest(@TempDir Path folder) throws IOException {
        file = folder.resolve("lists.jsonl");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(line("one", 1).getBytes(UTF_8));
            out.write("\n\n{\"query\":\n".getBytes(UTF_8));
            out.write(new byte[] {'"', (byte) 0xff, '"', '\n'});
            out.write((line("two", 2) + "\n" + line("many", 3) + "\n\n" + line("last", 1)).getBytes(UTF_8));
        }
    }

    private static String line(String id, int candidates) {
        StringBuilder line = new StringBuilder("{\"requestId\": \"" + id + "\", \"query\": \"q\", \"candidates\": [");
        for (int i = 0; i < candidates; i++) {
            line.append(i == 0 ? "" : ", ").append("{\"id\": \"d" + i + "\", \"text\": \"t\"}");
        }
        return line.append("]}").toString();
    }

    @Test
    void tellsEachLineThatIsNoneAndGoesOn() throws Exception {
        assertThat(all(Integer.MAX_VALUE))
                .containsExactly("1 one", "3 undecodable", "4 undecodable", "5 two", "6 too_many_candidates", "8 last");
    }

    @Test
    void goesOnWhereItWas() throws Exception {
        assertThat(all(1)).isEqualTo(all(Integer.MAX_VALUE));
        assertThat(all(2)).isEqualTo(all(Integer.MAX_VALUE));
    }

    @Test
    void missesLinesThatAreNoLongerThere() throws Exception {
        JsonNode position;
        try (JsonLinesSource source = new JsonLinesSource(file, ACCEPTANCE, null)) {
            while (source.next() != null) {
                // To the end.
            }
            position = source.position();
            assertThat(source.fractionRead()).contains(1.0);
        }
        Files.writeString(file, line("one", 1));

        assertThatThrownBy(() -> new JsonLinesSource(file, ACCEPTANCE, position))
                .hasMessageContaining("expected 8 lines or more");
    }

    /** What is in it, so many at a time, each time from where the last time ended. */
    private List<String> all(int atATime) throws Exception {
        List<String> all = new ArrayList<>();
        @Nullable JsonNode position = null;
        boolean more = true;
        while (more) {
            try (JsonLinesSource source = new JsonLinesSource(file, ACCEPTANCE, position)) {
                for (int i = 0; i < atATime && more; i++) {
                    Recorded next = source.next();
                    more = next != null;
                    if (next != null) {
                        all.add(next.source().offset() + " " + word(next));
                    }
                }
                position = source.position();
            }
        }
        return all;
    }

    private static String word(Recorded recorded) {
        return recorded instanceof Unusable unusable
                ? unusable.reason()
                : ((CandidateEvent) recorded).request().requestId();
    }

    @Test
    void readsWhereARangeBeginsInThreeForms() {
        assertThat(ReplaySourceOptions.place("--from", null)).isEqualTo(RangeEnd.OPEN);
        assertThat(ReplaySourceOptions.place("--from", "0:100,1:200"))
                .isEqualTo(new RangeEnd.Offsets(Map.of(0, 100L, 1, 200L)));
        assertThat(ReplaySourceOptions.place("--from", "2026-12-01T12:00:00Z"))
                .isEqualTo(new RangeEnd.Time(Instant.parse("2026-12-01T12:00:00Z")));
        assertThat(ReplaySourceOptions.place("--from", "2h")).isInstanceOf(RangeEnd.Time.class);
        for (String wrong : List.of("0:1,", "yesterday", "x")) {
            assertThatThrownBy(() -> ReplaySourceOptions.place("--from", wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("--from: expected");
        }
    }

    @Test
    void saysHowLongTheRestTakes() {
        assertThat(ReplayProgress.text(Duration.ofMillis(20))).isEqualTo("1 s");
        assertThat(ReplayProgress.text(Duration.ofSeconds(119))).isEqualTo("119 s");
        assertThat(ReplayProgress.text(Duration.ofMinutes(59))).isEqualTo("59 min");
        assertThat(ReplayProgress.text(Duration.ofMinutes(125))).isEqualTo("2 h 05 min");
    }
}
