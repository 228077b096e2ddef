package io.streamrank.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.testing.EventAnatomy.Part;
import io.streamrank.testing.EventAnatomy.Site;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Breaks events in the ways that events break, and in those that somebody who knows the format would try. Of each event
 * its writer's schema is known, so that a length, a count or a union's index is hit where it stands.
 */
public final class EventMutations {
    private static final List<String> KINDS =
            List.of("CandidateList", "RankedList", "BatchStatistics", "Throughput", "Judgment");
    private static final long[] NUMBERS = {
        0,
        -1,
        1,
        -64,
        127,
        100_001,
        16 << 20,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE + 1L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        253_402_300_800_000L, // the year 10000 in milliseconds
    };
    private static final byte[][] BROKEN_NUMBERS = {
        {-128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128}, // endless
        {-128, -128, -128, -128, -128, -128, -128, -128, -128, 0}, // 0 in ten bytes
        {-1, -1, -1, -1, -1, -1, -1, -1, -1, 127}, // more than 64 bits
        {-2, -128, 0}, // 63 in three bytes
    };
    private static final double[] FLOATING = {
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, Double.MIN_VALUE, Double.MAX_VALUE
    };
    private static final byte[][] NO_UTF8 = {
        {(byte) 0xC3}, // its second byte is missing
        {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, // half a surrogate pair
        {(byte) 0xC0, (byte) 0x80}, // overlong
        {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80}, // beyond Unicode
        {(byte) 0xFF, (byte) 0xFE}, // never in UTF-8
    };
    private static final List<String> REPEATED = List.of(
            "a",
            " ",
            "\u0000",
            "\n",
            "e\u0301",
            "\u0301",
            "東",
            "😀",
            "👩\u200D👩\u200D👧 ",
            "\u202E",
            "ﷺ",
            "[SEP]",
            "</s>",
            "{document}",
            "\u00AD",
            "1",
            ".",
            "\uFFFF",
            "İ",
            "a b ");

    private static final List<byte[]> HEADERS = KINDS.stream()
            .flatMap(kind -> released(kind).stream())
            .map(EventMutations::header)
            .toList();

    private final RandomGenerator random;

    public EventMutations(RandomGenerator random) {
        this.random = random;
    }

    /** A well-formed event and where in it what stands. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Sample(byte[] event, List<Site> sites) {
        public Sample {
            sites = List.copyOf(sites);
        }

        /** Of an event as the worker or its clients write it today. */
        public static Sample of(byte[] event, String kind) {
            List<Schema> schemas = released(kind);
            return new Sample(event, EventAnatomy.of(event, schemas.get(schemas.size() - 1)));
        }

        /** The same event as somebody who has stayed with an older version of its schema writes it; the first is 1. */
        public static Sample of(byte[] event, String kind, int version) {
            List<Schema> schemas = released(kind);
            Schema older = schemas.get(version - 1);
            try {
                GenericRecord record = new GenericDatumReader<GenericRecord>(schemas.get(schemas.size() - 1), older)
                        .read(
                                null,
                                DecoderFactory.get()
                                        .binaryDecoder(
                                                event,
                                                EventAnatomy.HEADER_BYTES,
                                                event.length - EventAnatomy.HEADER_BYTES,
                                                null));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.write(header(older));
                var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
                new GenericDatumWriter<GenericRecord>(older).write(record, encoder);
                return new Sample(out.toByteArray(), EventAnatomy.of(out.toByteArray(), older));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<Schema> released(String kind) {
        List<Schema> schemas = new ArrayList<>();
        for (Schema next = load(kind, 1); next != null; next = load(kind, schemas.size() + 1)) {
            schemas.add(next);
        }
        return schemas;
    }

    private static Schema load(String kind, int version) {
        String resource = "/schemas/released/" + kind + "/" + version + ".avsc";
        try (InputStream in = EventMutations.class.getResourceAsStream(resource)) {
            return in == null ? null : new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] header(Schema schema) {
        return ByteBuffer.allocate(EventAnatomy.HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xC3)
                .put((byte) 1)
                .putLong(SchemaNormalization.parsingFingerprint64(schema))
                .array();
    }

    /** The event, broken once or twice. */
    public byte[] of(Sample sample, Sample another) {
        byte[] mutated = broken(sample, another);
        return random.nextInt(4) == 0 ? withNoise(mutated) : mutated;
    }

    private byte[] broken(Sample sample, Sample another) {
        byte[] event = sample.event();
        return switch (random.nextInt(14)) {
            case 0 -> withNoise(event);
            case 1 -> Arrays.copyOf(event, random.nextInt(event.length));
            case 2 -> joined(event, noise(1 + random.nextInt(40)));
            case 3 -> spliced(sample, another);
            case 4 -> withAt(sample, Part.LENGTH, extremeNumber());
            case 5 -> withAt(sample, Part.COUNT, extremeNumber());
            case 6 -> withAt(sample, Part.UNION_INDEX, random.nextBoolean() ? number(2) : extremeNumber());
            case 7 -> withAt(sample, Part.NUMBER, extremeNumber());
            case 8 -> withAt(sample, Part.FLOATING, floating());
            case 9 -> withAt(sample, Part.STRING, string());
            case 10 -> withSizedBlock(sample);
            case 11 -> withRepeatedBlock(sample);
            case 12 -> withHeader(event);
            default -> withoutPart(event);
        };
    }

    private byte[] withNoise(byte[] event) {
        byte[] mutated = event.clone();
        // Mostly behind the header: otherwise hardly an event would get past it.
        int start = random.nextInt(10) == 0 ? 0 : Math.min(EventAnatomy.HEADER_BYTES, event.length);
        for (int i = random.nextInt(4); i >= 0 && start < event.length; i--) {
            mutated[start + random.nextInt(event.length - start)] ^= (byte) (1 << random.nextInt(8));
        }
        return mutated;
    }

    private byte[] withoutPart(byte[] event) {
        int from = random.nextInt(event.length);
        int to = from + random.nextInt(event.length - from);
        return replaced(event, from, to, new byte[0]);
    }

    /** Another released version's header, of this kind of event or another, or one that nobody knows. */
    private byte[] withHeader(byte[] event) {
        byte[] header = HEADERS.get(random.nextInt(HEADERS.size())).clone();
        if (random.nextInt(3) == 0) {
            header[random.nextInt(header.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return replaced(event, 0, EventAnatomy.HEADER_BYTES, header);
    }

    /** The beginning of one event and the end of another, cut where like stands beside like. */
    private byte[] spliced(Sample sample, Sample another) {
        Site here = sample.sites().get(random.nextInt(sample.sites().size()));
        List<Site> alike = another.sites().stream()
                .filter(site -> site.part() == here.part())
                .toList();
        int there = alike.isEmpty()
                ? random.nextInt(another.event().length)
                : alike.get(random.nextInt(alike.size())).from();
        return joined(
                Arrays.copyOf(sample.event(), here.from()),
                Arrays.copyOfRange(another.event(), there, another.event().length));
    }

    /** A block as Avro lets it be written too: minus its count, its size in bytes; or not quite so. */
    private byte[] withSizedBlock(Sample sample) {
        List<Site> blocks = sites(sample, Part.BLOCK);
        if (blocks.isEmpty()) {
            return withNoise(sample.event());
        }
        Site block = blocks.get(random.nextInt(blocks.size()));
        Site count = sites(sample, Part.COUNT).stream()
                .filter(site -> site.from() == block.from())
                .findFirst()
                .orElseThrow();
        byte[] event = sample.event();
        long items = varint(event, count.from());
        byte[] size = random.nextBoolean() ? number(block.to() - count.to()) : extremeNumber();
        byte[] minus = random.nextInt(4) == 0 ? number(-items - 1) : number(-items);
        return replaced(event, count.from(), count.to(), joined(minus, size));
    }

    /** The same items again and again: twins, and more of them than a list may have. */
    private byte[] withRepeatedBlock(Sample sample) {
        List<Site> blocks = sites(sample, Part.BLOCK);
        if (blocks.isEmpty()) {
            return withNoise(sample.event());
        }
        Site block = blocks.get(random.nextInt(blocks.size()));
        byte[] once = Arrays.copyOfRange(sample.event(), block.from(), block.to());
        byte[] often = once;
        for (int i = random.nextInt(6); i > 0; i--) {
            often = joined(often, often);
        }
        return replaced(sample.event(), block.to(), block.to(), often);
    }

    private byte[] withAt(Sample sample, Part part, byte[] instead) {
        List<Site> sites = sites(sample, part);
        if (sites.isEmpty()) {
            return withNoise(sample.event());
        }
        Site site = sites.get(random.nextInt(sites.size()));
        return replaced(sample.event(), site.from(), site.to(), instead);
    }

    private static List<Site> sites(Sample sample, Part part) {
        return sample.sites().stream().filter(site -> site.part() == part).toList();
    }

    /** Of any length up to a megabyte, mostly short; of strange characters, of one, or of none that are any. */
    private byte[] string() {
        byte[] once = random.nextInt(4) == 0
                ? NO_UTF8[random.nextInt(NO_UTF8.length)]
                : REPEATED.get(random.nextInt(REPEATED.size())).getBytes(UTF_8);
        int bits = random.nextInt(200) == 0 ? 20 : 11;
        int length = random.nextInt(1 << random.nextInt(bits + 1));
        byte[] text = new byte[length / once.length * once.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = once[i % once.length];
        }
        return joined(number(text.length), text);
    }

    private byte[] floating() {
        double value = FLOATING[random.nextInt(FLOATING.length)];
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return (random.nextInt(8) == 0 ? bytes.putFloat((float) value) : bytes.putDouble(value)).array();
    }

    private byte[] extremeNumber() {
        return random.nextInt(4) == 0
                ? BROKEN_NUMBERS[random.nextInt(BROKEN_NUMBERS.length)]
                : number(NUMBERS[random.nextInt(NUMBERS.length)]);
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] number(long value) {
        byte[] bytes = new byte[10];
        int length = 0;
        long bits = (value << 1) ^ (value >> 63);
        while ((bits & ~0x7fL) != 0) {
            bytes[length++] = (byte) (bits | 0x80);
            bits >>>= 7;
        }
        bytes[length++] = (byte) bits;
        return Arrays.copyOf(bytes, length);
    }

    private static long varint(byte[] bytes, int from) {
        long bits = 0;
        int at = from;
        for (int shift = 0; ; shift += 7) {
            bits |= (long) (bytes[at] & 0x7f) << shift;
            if (bytes[at++] >= 0) {
                return (bits >>> 1) ^ -(bits & 1);
            }
        }
    }

    private static byte[] replaced(byte[] event, int from, int to, byte[] instead) {
        byte[] result = new byte[event.length - (to - from) + instead.length];
        System.arraycopy(event, 0, result, 0, from);
        System.arraycopy(instead, 0, result, from, instead.length);
        System.arraycopy(event, to, result, from + instead.length, event.length - to);
        return result;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        return replaced(first, first.length, first.length, second);
    }
}
