package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.RegisteredSchemas.Lookup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;

/** Events that carry the id that a registry gave their schema. */
class RegisteredEventsTest {
    private static final int ID = 0x01020304;
    private static final Schema CURRENT = EventKind.CANDIDATE_LIST.current();
    private static final Framing WRITTEN = new Framing(null, Map.of(EventKind.CANDIDATE_LIST, ID));
    private static final RerankRequest REQUEST = new RerankRequest(
            "r", new Query(null, "q"), List.of(new Candidate("d", "text", null)), null, null, null, Map.of());

    @Test
    void areAZeroTheIdAndTheSameBytesAsOtherwise() {
        byte[] registered = new CandidateListCodec(WRITTEN).encode(REQUEST);
        byte[] fingerprinted = new CandidateListCodec().encode(REQUEST);

        assertThat(Arrays.copyOf(registered, 5)).containsExactly(0, 1, 2, 3, 4);
        assertThat(Arrays.copyOfRange(registered, 5, registered.length))
                .isEqualTo(Arrays.copyOfRange(fingerprinted, 10, fingerprinted.length));
    }

    @Test
    void areReadBesideTheOthersAndToldApartByTheFirstByte() throws RejectedException {
        CandidateListCodec codec = reading(new Lookup.Known(CURRENT));

        assertThat(codec.decode(new CandidateListCodec(WRITTEN).encode(REQUEST)))
                .isEqualTo(REQUEST);
        assertThat(codec.decode(new CandidateListCodec().encode(REQUEST))).isEqualTo(REQUEST);
    }

    /** Somebody's schema with a field more than ours, and one that has it optional. */
    @Test
    void areReadByTheirWritersSchema() throws RejectedException {
        Schema first = EventKind.CANDIDATE_LIST.released().get(0);
        String more = first.toString()
                .replaceFirst("\"fields\":\\[", "\"fields\":[{\"name\":\"colour\",\"type\":\"string\"},");
        byte[] value = new CandidateListCodec(WRITTEN).encode(REQUEST);

        assertThatThrownBy(() -> reading(new Lookup.Known(new Schema.Parser().parse(more)))
                        .decode(Arrays.copyOf(value, 6)))
                .isInstanceOf(RejectedException.class)
                .hasMessageContaining("not a whole CandidateList");
        assertThat(reading(new Lookup.Known(CURRENT)).decode(value)).isEqualTo(REQUEST);
    }

    @Test
    void waitForASchemaThatIsBeingAskedFor() {
        byte[] value = new CandidateListCodec(WRITTEN).encode(REQUEST);

        assertThatThrownBy(() -> reading(new Lookup.Awaited()).decode(value))
                .isInstanceOfSatisfying(
                        SchemaAwaitedException.class,
                        awaited -> assertThat(awaited.schemaId()).isEqualTo(ID));
    }

    @Test
    void areRejectedWhereTheIdIsOfNoUse() {
        byte[] value = new CandidateListCodec(WRITTEN).encode(REQUEST);

        assertRejected(
                reading(new Lookup.Unusable("is not known to the registry")),
                value,
                Rejection.Reason.UNKNOWN_SCHEMA,
                "the schema of id 16909060 is not known to the registry");
        assertRejected(
                reading(new Lookup.Known(EventKind.JUDGMENT.current())),
                value,
                Rejection.Reason.UNKNOWN_SCHEMA,
                "io.streamrank.events.Judgment cannot be read as CandidateList");
        assertRejected(
                reading(new Lookup.Known(CURRENT)),
                new byte[] {0, 0, 0},
                Rejection.Reason.UNDECODABLE,
                "3 bytes do not even hold a schema id");
        assertRejected(
                reading(new Lookup.Known(CURRENT)),
                new byte[] {0, -1, 0, 0, 0, 0},
                Rejection.Reason.UNDECODABLE,
                "negative");
    }

    @Test
    void areOfAnUnknownFormatWithoutARegistry() {
        assertRejected(
                new CandidateListCodec(),
                new CandidateListCodec(WRITTEN).encode(REQUEST),
                Rejection.Reason.UNKNOWN_FORMAT,
                "streamrank.registry.url");
    }

    /** What an event's bytes do not bound could keep a worker busy, or end it, for a few bytes. */
    @Test
    void schemasAreRefusedThatTheBytesOfAnEventDoNotBound() {
        Schema nothing = SchemaBuilder.array().items(SchemaBuilder.builder().nullType());
        Schema emptyRecords = SchemaBuilder.array()
                .items(SchemaBuilder.record("Empty").fields().endRecord());
        Schema endless = new Schema.Parser()
                .parse(
                        "{\"type\":\"record\",\"name\":\"Node\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"Node\"]}]}");

        assertThat(objection(nothing)).contains("take no bytes");
        assertThat(objection(emptyRecords)).contains("take no bytes");
        assertThat(objection(endless)).contains("contains itself");
        assertThat(objection(SchemaBuilder.array().items().stringType())).isEmpty();
    }

    private static String objection(Schema field) {
        Schema.Field more = new Schema.Field("more", field, null, (Object) null);
        Schema writer = Schema.createRecord("CandidateList", null, "io.streamrank.events", false);
        List<Schema.Field> fields = new ArrayList<>(CURRENT.getFields().stream()
                .map(old -> new Schema.Field(old, old.schema()))
                .toList());
        fields.add(more);
        writer.setFields(fields);
        return EventKind.CANDIDATE_LIST.objectionTo(writer).orElse("");
    }

    private static void assertRejected(
            CandidateListCodec codec, byte[] value, Rejection.Reason reason, String message) {
        assertThatThrownBy(() -> codec.decode(value)).isInstanceOfSatisfying(RejectedException.class, rejected -> {
            assertThat(rejected.rejection().reason()).isEqualTo(reason);
            assertThat(rejected).hasMessageContaining(message);
        });
    }

    private static CandidateListCodec reading(Lookup lookup) {
        return new CandidateListCodec(new Framing(id -> lookup, Map.of()));
    }
}
