package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;

/** What reading several versions rests on, shown with versions that were never released. */
class SchemaEvolutionTest {
    private final Schema released = last("CandidateList");

    @Test
    void readsAVersionFromBeforeAFieldWithItsDefault() throws Exception {
        Schema earlier = without("attributes");
        GenericRecord event = event(earlier).build();

        RerankRequest read = reading(earlier).decode(encode(event));

        assertThat(read.candidates()).containsExactly(new Candidate("a", "text", null));
        assertThat(read.attributes()).isEmpty();
    }

    @Test
    void skipsFieldsOfALaterVersion() throws Exception {
        Schema later = withFirst(
                "{'name': 'note', 'type': 'string'}",
                "{'name': 'flags', 'type': {'type': 'map', 'values': 'boolean'}}",
                "{'name': 'weights', 'type': {'type': 'array', 'items': 'double'}}",
                "{'name': 'hash', 'type': {'type': 'fixed', 'name': 'Hash', 'size': 4}}",
                "{'name': 'blob', 'type': 'bytes'}");
        GenericRecord event = event(later)
                .set("note", "ignored")
                .set("flags", Map.of("x", true))
                .set("weights", List.of(0.5, 1.5))
                .set("hash", new GenericData.Fixed(later.getField("hash").schema(), new byte[4]))
                .set("blob", ByteBuffer.wrap(new byte[9]))
                .build();

        RerankRequest read = reading(later).decode(encode(event));

        assertThat(read).isEqualTo(ExampleEvents.request(List.of(new Candidate("a", "text", null))));
    }

    @Test
    void stillReadsTheReleasedVersionBesideOthers() throws Exception {
        CandidateListCodec codec = reading(without("attributes"));

        RerankRequest read = codec.decode(codec.encode(ExampleEvents.request()));

        assertThat(read).isEqualTo(ExampleEvents.request());
    }

    @Test
    void callsAnOutcomeOfALaterVersionUnknown() throws Exception {
        Schema ranked = last("RankedList");
        Schema later = parse(ranked.toString().replace("\"EXPIRED\"]", "\"EXPIRED\",\"SKIPPED\"]"));
        RankedListCodec codec = new RankedListCodec(new ReleasedSchemas(List.of(ranked, later)));
        byte[] bytes = new RankedListCodec().encode(ExampleEvents.ranking());
        GenericRecord event =
                new BinaryMessageDecoder<GenericRecord>(GenericData.get(), later, fingerprint -> ranked).decode(bytes);
        event.put(
                "outcome", new GenericData.EnumSymbol(later.getField("outcome").schema(), "SKIPPED"));

        assertThatThrownBy(() -> codec.decode(encode(event)))
                .isInstanceOf(RejectedException.class)
                .hasMessageContaining("outcome is one this version does not know");
    }

    @Test
    void readsTheFirstCandidateListsAsHavingNoTokenIds() throws Exception {
        Schema first = ReleasedSchemas.released("CandidateList").get(0);

        RerankRequest read = new CandidateListCodec().decode(encode(event(first).build()));

        assertThat(read).isEqualTo(ExampleEvents.request(List.of(new Candidate("a", "text", null))));
    }

    @Test
    void readsTheFirstRankingsAsNotSayingWhere() throws Exception {
        GenericRecord event = asWritten("RankedList", new RankedListCodec().encode(ExampleEvents.ranking()));

        Ranking read = new RankedListCodec().decode(encode(event));

        assertThat(read.device()).isEmpty();
        assertThat(read.dtype()).isEmpty();
        assertThat(read.candidates()).isEqualTo(ExampleEvents.ranking().candidates());
    }

    @Test
    void readsTheFirstStatisticsAsHavingSavedNothing() throws Exception {
        GenericRecord event =
                asWritten("BatchStatistics", new BatchStatisticsCodec().encode(ExampleEvents.statistics()));

        BatchStatistics read = new BatchStatisticsCodec().decode(encode(event));

        assertThat(read.duplicates()).isZero();
        assertThat(read.cachedTokens()).isZero();
        assertThat(read.tokenCache()).isEqualTo(CacheUse.NONE);
        assertThat(read.stateCache()).isEqualTo(CacheUse.NONE);
        assertThat(read.queue()).isEmpty();
        assertThat(read.publish()).isZero();
        assertThat(read.tokens()).isEqualTo(ExampleEvents.statistics().tokens());
    }

    /** What a reader of the first version makes of an event of the current one. */
    private static GenericRecord asWritten(String kind, byte[] current) throws IOException {
        Schema first = ReleasedSchemas.released(kind).get(0);
        return new BinaryMessageDecoder<GenericRecord>(GenericData.get(), first, fingerprint -> last(kind))
                .decode(current);
    }

    private static Schema last(String kind) {
        List<Schema> released = ReleasedSchemas.released(kind);
        return released.get(released.size() - 1);
    }

    private CandidateListCodec reading(Schema other) {
        return new CandidateListCodec(new ReleasedSchemas(List.of(released, other)));
    }

    private GenericRecordBuilder event(Schema writer) {
        Schema query = writer.getField("query").schema();
        Schema candidate = writer.getField("candidates").schema().getElementType();
        return new GenericRecordBuilder(writer)
                .set("requestId", "r-1")
                .set("query", new GenericRecordBuilder(query).set("text", "q").build())
                .set(
                        "candidates",
                        List.of(new GenericRecordBuilder(candidate)
                                .set("id", "a")
                                .set("text", "text")
                                .build()));
    }

    private static byte[] encode(GenericRecord event) throws IOException {
        return new BinaryMessageEncoder<>(GenericData.get(), event.getSchema())
                .encode(event)
                .array();
    }

    private Schema without(String field) {
        List<Schema.Field> fields = new ArrayList<>(released.getFields());
        fields.removeIf(kept -> kept.name().equals(field));
        return copy(fields);
    }

    private Schema withFirst(String... additional) {
        String added = String.join(",", additional).replace('\'', '"') + ",";
        String marker = "\"fields\":[";
        String text = released.toString();
        int start = text.indexOf(marker) + marker.length();
        return parse(text.substring(0, start) + added + text.substring(start));
    }

    private Schema copy(List<Schema.Field> fields) {
        List<Schema.Field> copies = fields.stream()
                .map(field -> new Schema.Field(field, field.schema()))
                .toList();
        return Schema.createRecord(released.getName(), null, released.getNamespace(), false, copies);
    }

    private static Schema parse(String text) {
        return new Schema.Parser().parse(text);
    }
}
