package io.streamrank.faults;

import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.RerankRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;

/** Writes requests as a caller does that still has version 1 of the schema. */
final class FirstVersion {
    private final CandidateListCodec codec = new CandidateListCodec();
    private final BinaryMessageDecoder<GenericRecord> reader;
    private final BinaryMessageEncoder<GenericRecord> writer;

    FirstVersion() {
        Schema current = schema(Path.of("schemas/CandidateList.avsc"));
        Schema first = schema(Path.of("schemas/released/CandidateList/1.avsc"));
        reader = new BinaryMessageDecoder<>(GenericData.get(), first, fingerprint -> current);
        writer = new BinaryMessageEncoder<>(GenericData.get(), first);
    }

    byte[] encode(RerankRequest request) {
        try {
            return writer.encode(reader.decode(codec.encode(request))).array();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Schema schema(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
