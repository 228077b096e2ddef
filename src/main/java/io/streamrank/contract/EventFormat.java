package io.streamrank.contract;

import static io.streamrank.contract.Rejection.Reason.EMPTY_VALUE;
import static io.streamrank.contract.Rejection.Reason.UNDECODABLE;
import static io.streamrank.contract.Rejection.Reason.UNKNOWN_FORMAT;
import static io.streamrank.contract.Rejection.Reason.UNKNOWN_SCHEMA;
import static java.util.Objects.requireNonNullElse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.MessageEncoder;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * One kind of event as bytes: Avro single-object encoding. That is the marker C3 01, the writer schema's 64-bit
 * CRC-64-AVRO fingerprint in little-endian order, the event in Avro's binary encoding. Writes the current schema, reads
 * all that its store knows. Thread-safe.
 *
 * <p>Avro has a decoder for this, but it ignores bytes that follow the event, believes lengths, and tells the kinds of
 * fault apart by exception classes that differ from release to release.
 *
 * @param <E> the class generated from the current schema
 */
final class EventFormat<E extends SpecificRecord> {
    private static final int MARKER_BYTES = 2;
    private static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;
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
    private final Map<Long, DatumReader<E>> readers = new ConcurrentHashMap<>();

    /** @throws IllegalStateException if the schema the class was generated from is not among those to be read */
    EventFormat(Class<E> type, SchemaStore schemas) {
        this.type = type;
        this.model = SpecificData.getForClass(type);
        this.current = model.getSchema(type);
        this.schemas = schemas;
        this.encoder = new BinaryMessageEncoder<>(model, current);
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
            return encoder.encode(event).array();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a " + name() + " to memory", e);
        }
    }

    E decode(byte @Nullable [] value) throws RejectedException {
        if (value == null || value.length == 0) {
            throw rejected(EMPTY_VALUE, "the record has no value", null);
        }
        DatumReader<E> reader = readerFor(value);
        BoundedDecoder decoder = new BoundedDecoder(value, HEADER_BYTES, LIMITS);
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
        String hint = value[0] == 0 ? "; a leading 00 looks like an event framed for a Confluent schema registry" : "";
        return "starts with " + start + ", not with C3 01 as Avro single-object encoding does" + hint;
    }

    private String name() {
        return type.getSimpleName();
    }

    static RejectedException rejected(Rejection.Reason reason, String message, @Nullable Throwable cause) {
        return new RejectedException(new Rejection(reason, message, cause));
    }
}
