package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/wire-format.md says what is so. */
class WireFormatPageTest {
    private static final HexFormat HEX = HexFormat.ofDelimiter(" ").withUpperCase();
    private static final List<String> KINDS =
            List.of("CandidateList", "RankedList", "BatchStatistics", "Throughput", "Judgment");

    private final String page = readPage();

    @Test
    void theCandidateListByteByByteIsWhatTheCodecWrites() throws Exception {
        RerankRequest request = new RerankRequest(
                "r-17",
                new Query("q1", "what is kafka"),
                List.of(new Candidate("d1", "a log", 0.5), new Candidate("d2", "a café", null)),
                null,
                1,
                Instant.parse("2026-12-01T12:00:00Z"),
                Map.of("tenant", "a"));
        byte[] documented = example("CandidateList");
        CandidateListCodec codec = new CandidateListCodec();

        assertThat(codec.encode(request)).isEqualTo(documented);
        assertThat(page).contains("ms): " + documented.length + " bytes.");
        assertThat(codec.decode(documented)).isEqualTo(request);
    }

    @Test
    void theRankingByteByByteIsWhatTheCodecWrites() throws Exception {
        Ranking ranking = new Ranking(
                "r-17",
                "q1",
                Ranking.Outcome.RANKED,
                new ModelRef("minilm", "0a1b2c3d4e5f", "bert"),
                "cpu",
                "float32",
                List.of(new RankedCandidate("d1", 2.5f, 1, 1, false)),
                new SourcePosition("rerank.candidates", 3, 42),
                new Timings(micros(1_500), micros(250), micros(12_000)),
                Map.of("tenant", "a"));
        byte[] documented = example("RankedList");
        RankedListCodec codec = new RankedListCodec();

        assertThat(codec.encode(ranking)).isEqualTo(documented);
        assertThat(page).contains("partition 3: " + documented.length + " bytes.");
        assertThat(codec.decode(documented)).isEqualTo(ranking);
    }

    @Test
    void theTableOfFingerprintsHoldsEveryRelease() throws Exception {
        List<String> expected = new ArrayList<>();
        for (String kind : KINDS) {
            List<Schema> released = ReleasedSchemas.released(kind);
            for (int version = 1; version <= released.size(); version++) {
                expected.add("| %1$s | [%2$d](../schemas/released/%1$s/%2$d.avsc) | `%3$s` |"
                        .formatted(kind, version, header(released.get(version - 1))));
            }
        }

        List<String> rows =
                page.lines().filter(line -> line.contains("| `C3 01 ")).toList();

        assertThat(rows).isEqualTo(expected);
    }

    @Test
    void theExampleProgramsUseReleasedFingerprints() throws Exception {
        List<String> released = new ArrayList<>();
        for (String kind : KINDS) {
            for (Schema schema : ReleasedSchemas.released(kind)) {
                released.add(header(schema).replace(" ", ""));
            }
        }

        List<String> used = Pattern.compile("[\"']([Cc]3 ?01[0-9A-Fa-f ]*)[\"']")
                .matcher(page)
                .results()
                .map(match -> match.group(1).replace(" ", "").toUpperCase(Locale.ROOT))
                .toList();

        assertThat(used).hasSize(6).isSubsetOf(released);
    }

    @ParameterizedTest
    @EnumSource(Rejection.Reason.class)
    void everyReasonIsExplained(Rejection.Reason reason) {
        assertThat(page).contains("\n| `" + reason.word() + "` | ");
    }

    @Test
    void everyFieldIsExplained() {
        for (String kind : KINDS) {
            String section = section(kind);
            List<Schema> released = ReleasedSchemas.released(kind);
            for (Schema.Field field : released.get(released.size() - 1).getFields()) {
                assertThat(section).as("section %s", kind).containsPattern("`" + field.name() + "\\b");
            }
        }
    }

    private byte[] example(String kind) {
        MatchResult block = Pattern.compile("```hex " + kind + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .findFirst()
                .orElseThrow();
        String bytes = block.group(1)
                .lines()
                .map(line -> line.substring(0, line.indexOf('|')).strip())
                .collect(Collectors.joining(" "));
        return HEX.parseHex(bytes);
    }

    private String section(String heading) {
        String start = "\n## " + heading + "\n";
        return Stream.of(page.split(start, 2)[1].split("\n## ", 2)).findFirst().orElseThrow();
    }

    private static String header(Schema schema) throws Exception {
        return "C3 01 " + HEX.formatHex(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema));
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(micros * 1_000);
    }

    private static String readPage() {
        try {
            return Files.readString(Path.of("docs/wire-format.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
