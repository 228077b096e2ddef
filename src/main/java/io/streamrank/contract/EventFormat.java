package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.EMPTY_VALUE;
import static io.streamrank.contract.Rejection.Reason.UNDECODABLE;
import static io.streamrank.contract.Rejection.Reason.UNKNOWN_FORMAT;
import static io.streamrank.contract.Rejection.Reason.UNKNOWN_SCHEMA;
import static java.util.Objects.requireNonNullElse;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.MessageEncoder;
import org.apache.avro.message.RawMessageEncoder;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * One kind of event as bytes: Avro single-object encoding. That is the marker C3 01, the writer schema's 64-bit
 * CRC-64-AVRO fingerprint in little-endian order, the event in Avro's binary encoding. Or, where there is a schema
 * registry, the byte 00, the id that it gave the writer's schema in big-endian order, and the event. Writes the current
 * schema, reads all that its store or the registry knows. Thread-safe.
 *
 * <p>Avro has a decoder for this, but it ignores bytes that follow the event, believes lengths, and tells the kinds of
 * fault apart by exception classes that differ from release to release.
 *
 * @param <E> the class generated from the current schema
 */
final class EventFormat<E extends SpecificRecord> {
    private static final int MARKER_BYTES = 2;
    private static final byte REGISTERED_MARKER = 0;
    private static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;
    private static final int REGISTERED_HEADER_BYTES = 1 + Integer.BYTES;

    /** More schemas than a kind of event will ever have, unless somebody registers them to no good. */
    private static final int REGISTERED_READERS_MAX = 1_000;

    private static final VarHandle LITTLE_ENDIAN_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final HexFormat HEX = HexFormat.ofDelimiter(" ").withUpperCase();

    // Before the first use of a generated class below: Avro reads its limits only once.
    private static final AvroLimits LIMITS = AvroLimits.install();

    private final Class<E> type;
    private final Schema current;
    private final SpecificData model;
    private final SchemaStore schemas;
    private final MessageEncoder<E> encoder;
    private final byte[] idHeader;
    private final @Nullable RegisteredSchemas registered;
    private final Map<Long, DatumReader<E>> readers = new ConcurrentHashMap<>();
    private final Cache<Integer, DatumReader<E>> readersById =
            Caffeine.newBuilder().maximumSize(REGISTERED_READERS_MAX).build();

    /** Reads the released versions and what is registered, writes as the framing says. */
    EventFormat(EventKind kind, Class<E> type, Framing framing) {
        this(
                type,
                ReleasedSchemas.of(kind.record()),
                framing.registered(),
                framing.writtenIds().get(kind));
    }

    /** Reads these versions and writes fingerprints. */
    EventFormat(Class<E> type, SchemaStore schemas) {
        this(type, schemas, null, null);
    }

    /** @throws IllegalStateException if the schema the class was generated from is not among those to be read */
    private EventFormat(
            Class<E> type, SchemaStore schemas, @Nullable RegisteredSchemas registered, @Nullable Integer writtenId) {
        this.type = type;
        this.model = SpecificData.getForClass(type);
        this.current = model.getSchema(type);
        this.schemas = schemas;
        this.registered = registered;
        this.encoder = writtenId == null
                ? new BinaryMessageEncoder<>(model, current)
                : new RawMessageEncoder<>(model, current);
        this.idHeader = writtenId == null
                ? new byte[0]
                : ByteBuffer.allocate(REGISTERED_HEADER_BYTES)
                        .put(REGISTERED_MARKER)
                        .putInt(writtenId)
                        .array();
        if (schemas.findByFingerprint(SchemaNormalization.parsingFingerprint64(current)) == null) {
            throw new IllegalStateException("schemas/" + name() + ".avsc is not what was last released: add it to"
                    + " schemas/released/" + name() + " as a new version");
        }
    }

    /** What events are written with. */
    Schema schema() {
        return current;
    }

    byte[] encode(E event) {
        try {
            byte[] encoded = encoder.encode(event).array();
            return idHeader.length == 0 ? encoded : framed(encoded);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a " + name() + " to memory", e);
        }
    }

    private byte[] framed(byte[] encoded) {
        byte[] framed = Arrays.copyOf(idHeader, idHeader.length + encoded.length);
        System.arraycopy(encoded, 0, framed, idHeader.length, encoded.length);
        return framed;
    }

    /**
     * Reads an event.
     *
     * @throws SchemaAwaitedException if its schema is still being asked for
     */
    E decode(byte @Nullable [] value) throws RejectedException {
        if (value == null || value.length == 0) {
            throw rejected(EMPTY_VALUE, "the record has no value", null);
        }
        RegisteredSchemas byId = value[0] == REGISTERED_MARKER ? registered : null;
        DatumReader<E> reader = byId == null ? readerFor(value) : registeredReader(byId, value);
        int start = byId == null ? HEADER_BYTES : REGISTERED_HEADER_BYTES;
        BoundedDecoder decoder = new BoundedDecoder(value, start, LIMITS);
        E event;
        try {
            event = reader.read(null, decoder);
        } catch (IOException | RuntimeException e) { // Avro throws all sorts where bytes make no sense to it
            String where = "not a whole " + name() + ": at byte " + decoder.position() + " of " + value.length;
            throw rejected(UNDECODABLE, where + ", " + requireNonNullElse(e.getMessage(), e.toString()), e);
        }
        if (decoder.remaining() > 0) {
            throw rejected(UNDECODABLE, decoder.remaining() + " bytes follow the " + name(), null);
        }
        return event;
    }

    private DatumReader<E> readerFor(byte[] value) throws RejectedException {
        if (value.length < MARKER_BYTES || value[0] != (byte) 0xC3 || value[1] != 1) {
            throw rejected(UNKNOWN_FORMAT, describeStart(value), null);
        }
        if (value.length < HEADER_BYTES) {
            throw rejected(UNDECODABLE, value.length + " bytes do not even hold a schema fingerprint", null);
        }
        long fingerprint = (long) LITTLE_ENDIAN_LONG.get(value, MARKER_BYTES);
        DatumReader<E> known = readers.get(fingerprint);
        if (known != null) {
            return known;
        }
        Schema writer = schemas.findByFingerprint(fingerprint);
        if (writer == null) {
            String hex = HEX.formatHex(value, MARKER_BYTES, HEADER_BYTES);
            throw rejected(UNKNOWN_SCHEMA, "no known " + name() + " schema has the fingerprint " + hex, null);
        }
        return readers.computeIfAbsent(fingerprint, any -> readerOf(writer));
    }

    private DatumReader<E> registeredReader(RegisteredSchemas schemas, byte[] value) throws RejectedException {
        if (value.length < REGISTERED_HEADER_BYTES) {
            throw rejected(UNDECODABLE, value.length + " bytes do not even hold a schema id", null);
        }
        int id = ByteBuffer.wrap(value).getInt(1);
        if (id < 0) {
            throw rejected(UNDECODABLE, "the schema id is negative: " + id, null);
        }
        DatumReader<E> known = readersById.getIfPresent(id);
        if (known != null) {
            return known;
        }
        DatumReader<E> reader = readerOf(registeredWriter(schemas.find(id), id));
        readersById.put(id, reader);
        return reader;
    }

    private Schema registeredWriter(RegisteredSchemas.Lookup lookup, int id) throws RejectedException {
        if (lookup instanceof RegisteredSchemas.Lookup.Awaited) {
            throw new SchemaAwaitedException(id);
        }
        if (lookup instanceof RegisteredSchemas.Lookup.Unusable unusable) {
            throw rejected(UNKNOWN_SCHEMA, "the schema of id " + id + " " + unusable.why(), null);
        }
        Schema writer = ((RegisteredSchemas.Lookup.Known) lookup).schema();
        Optional<String> objection = WriterSchemaCheck.objection(current, writer);
        if (objection.isPresent()) {
            throw rejected(UNKNOWN_SCHEMA, "the registry's schema of id " + id + ": " + objection.get(), null);
        }
        return writer;
    }

    /** Ready-made and unchanging, unlike the reader {@link SpecificData} gives, which completes itself when used. */
    private DatumReader<E> readerOf(Schema writer) {
        try {
            return new FastReaderBuilder(model).createDatumReader(writer, current);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name() + " as once written", e);
        }
    }

    private String describeStart(byte[] value) {
        String start = HEX.formatHex(Arrays.copyOf(value, Math.min(value.length, MARKER_BYTES)));
        String hint = value[0] == REGISTERED_MARKER
                ? "; a leading 00 looks like an event framed for a Confluent schema registry, which"
                        + " streamrank.registry.url has to name"
                : "";
        return "starts with " + start + ", not with C3 01 as Avro single-object encoding does" + hint;
    }

    private String name() {
        return type.getSimpleName();
    }

    static RejectedException rejected(Rejection.Reason reason, String message, @Nullable Throwable cause) {
        return new RejectedException(new Rejection(reason, message, cause));
    }
}
