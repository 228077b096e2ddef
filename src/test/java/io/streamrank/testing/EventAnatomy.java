package io.streamrank.testing;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/** Where in an event's bytes what stands: found by walking a well-formed event along the schema it was written with. */
final class EventAnatomy {
    /** The marker C3 01 and a fingerprint. */
    static final int HEADER_BYTES = 10;

    /** What can stand somewhere. */
    enum Part {
        /** A string's length and its bytes. */
        STRING,
        /** A string's length alone. */
        LENGTH,
        /** How many items the block of an array or a map has; 0 ends it. */
        COUNT,
        /** Which branch of a union follows. */
        UNION_INDEX,
        /** Any other number of variable length. */
        NUMBER,
        /** A float or a double. */
        FLOATING,
        /** A boolean. */
        FLAG,
        /** A block of an array or a map, its count included. */
        BLOCK
    }

    /**
     * A place in the bytes.
     *
     * @param from index of its first byte
     * @param to index after its last
     */
    record Site(Part part, int from, int to) {}

    private final byte[] bytes;
    private final List<Site> sites = new ArrayList<>();
    private int position = HEADER_BYTES;

    private EventAnatomy(byte[] bytes) {
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException if the walk does not end where the bytes do */
    static List<Site> of(byte[] event, Schema writer) {
        EventAnatomy anatomy = new EventAnatomy(event);
        anatomy.walk(writer);
        if (anatomy.position != event.length) {
            throw new IllegalArgumentException("the event ends at " + anatomy.position + " of " + event.length);
        }
        return List.copyOf(anatomy.sites);
    }

    private void walk(Schema schema) {
        switch (schema.getType()) {
            case RECORD -> schema.getFields().forEach(field -> walk(field.schema()));
            case ARRAY -> blocks(() -> walk(schema.getElementType()));
            case MAP ->
                blocks(() -> {
                    string();
                    walk(schema.getValueType());
                });
            case UNION -> walk(schema.getTypes().get((int) number(Part.UNION_INDEX)));
            case STRING -> string();
            case INT, LONG, ENUM -> number(Part.NUMBER);
            case FLOAT -> skip(Part.FLOATING, Float.BYTES);
            case DOUBLE -> skip(Part.FLOATING, Double.BYTES);
            case BOOLEAN -> skip(Part.FLAG, 1);
            case NULL -> {}
            case BYTES, FIXED -> throw new IllegalArgumentException("no event has any " + schema.getType());
        }
    }

    private void blocks(Runnable item) {
        for (int from = position; ; from = position) {
            long count = number(Part.COUNT);
            if (count == 0) {
                return;
            }
            for (long i = 0; i < count; i++) {
                item.run();
            }
            sites.add(new Site(Part.BLOCK, from, position));
        }
    }

    private void string() {
        int from = position;
        int length = (int) number(Part.LENGTH);
        position += length;
        sites.add(new Site(Part.STRING, from, position));
    }

    private void skip(Part part, int length) {
        sites.add(new Site(part, position, position + length));
        position += length;
    }

    private long number(Part part) {
        int from = position;
        long bits = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = bytes[position++];
            bits |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                sites.add(new Site(part, from, position));
                return (bits >>> 1) ^ -(bits & 1);
            }
        }
    }
}
