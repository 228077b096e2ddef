package io.streamrank.contract;

import static org.apache.avro.SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE;
import static org.apache.avro.SchemaCompatibility.checkReaderWriterCompatibility;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.events.BatchStatistics;
import io.streamrank.events.CandidateList;
import io.streamrank.events.Judgment;
import io.streamrank.events.RankedList;
import io.streamrank.events.Throughput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReleasedSchemasTest {
    private static final int RANDOM_EVENTS = 50;
    private static final long SEED = 7;

    static Stream<Class<? extends SpecificRecord>> events() {
        return Stream.of(
                CandidateList.class, RankedList.class, BatchStatistics.class, Throughput.class, Judgment.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CandidateList", "RankedList", "BatchStatistics", "Throughput", "Judgment"})
    void theCurrentSchemaIsTheLastReleased(String name) throws IOException {
        List<Schema> released = ReleasedSchemas.released(name);

        Path last = Path.of("schemas/released", name, released.size() + ".avsc");

        assertThat(Path.of("schemas", name + ".avsc")).hasSameTextualContentAs(last);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CandidateList", "RankedList", "BatchStatistics", "Throughput", "Judgment"})
    void releasesAreCountedWithoutAGap(String name) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("schemas/released", name))) {
            assertThat(files).hasSameSizeAs(ReleasedSchemas.released(name));
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void theCurrentSchemaReadsEveryRelease(Class<? extends SpecificRecord> event) throws Exception {
        Schema current = new EventFormat<>(event, ReleasedSchemas.of(event.getSimpleName())).schema();

        for (Schema writer : ReleasedSchemas.released(event.getSimpleName())) {
            assertThat(checkReaderWriterCompatibility(current, writer).getType())
                    .isEqualTo(COMPATIBLE);
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void everyReleaseReadsEveryOther(Class<? extends SpecificRecord> event) {
        List<Schema> released = ReleasedSchemas.released(event.getSimpleName());

        for (Schema reader : released) {
            for (Schema writer : released) {
                assertThat(checkReaderWriterCompatibility(reader, writer).getType())
                        .isEqualTo(COMPATIBLE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void eventsOfEveryReleaseAreRead(Class<? extends SpecificRecord> event) throws Exception {
        EventFormat<?> format = new EventFormat<>(event, ReleasedSchemas.of(event.getSimpleName()));

        for (Schema writer : ReleasedSchemas.released(event.getSimpleName())) {
            var encoder = new BinaryMessageEncoder<>(GenericData.get(), writer);
            for (Object datum : new RandomData(writer, RANDOM_EVENTS, SEED)) {
                assertThat(format.decode(encoder.encode(datum).array())).isInstanceOf(event);
            }
        }
    }

    @Test
    void allReleasesHaveFingerprintsOfTheirOwn() {
        List<Long> fingerprints = new ArrayList<>();

        events().flatMap(event -> ReleasedSchemas.released(event.getSimpleName()).stream())
                .forEach(schema -> fingerprints.add(SchemaNormalization.parsingFingerprint64(schema)));

        assertThat(fingerprints).hasSizeGreaterThanOrEqualTo(3).doesNotHaveDuplicates();
    }

    @Test
    void refusesTwoSchemasThatReadersCannotTellApart() {
        Schema one = ReleasedSchemas.released("CandidateList").get(0);

        assertThatThrownBy(() -> new ReleasedSchemas(List.of(one, one)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("io.streamrank.events.CandidateList");
    }

    @Test
    void refusesAKindThatWasNeverReleased() {
        assertThatThrownBy(() -> ReleasedSchemas.of("Unheard"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("schemas/released/Unheard/1.avsc");
    }

    @Test
    void refusesACurrentSchemaThatWasNotReleased() {
        ReleasedSchemas others = ReleasedSchemas.of("RankedList");

        assertThatThrownBy(() -> new EventFormat<>(CandidateList.class, others))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("schemas/released/CandidateList");
    }

    @ParameterizedTest
    @MethodSource("events")
    void everyRecordAndFieldIsDocumented(Class<? extends SpecificRecord> event) {
        List<Schema> released = ReleasedSchemas.released(event.getSimpleName());
        Schema schema = released.get(released.size() - 1);

        assertThat(undocumented(schema)).isEmpty();
    }

    private static List<String> undocumented(Schema schema) {
        List<String> names = new ArrayList<>();
        switch (schema.getType()) {
            case RECORD -> {
                if (schema.getDoc() == null) {
                    names.add(schema.getFullName());
                }
                for (Schema.Field field : schema.getFields()) {
                    if (field.doc() == null) {
                        names.add(schema.getFullName() + "." + field.name());
                    }
                    names.addAll(undocumented(field.schema()));
                }
            }
            case ARRAY -> names.addAll(undocumented(schema.getElementType()));
            default -> {}
        }
        return names;
    }
}
