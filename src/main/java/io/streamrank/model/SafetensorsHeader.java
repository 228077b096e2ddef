package io.streamrank.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;

/** Reads and checks the header of a safetensors file. */
final class SafetensorsHeader {
    /** The format's own limit, so that a broken length cannot ask for all memory. */
    static final long HEADER_BYTES_MAX = 100_000_000;

    private static final int LENGTH_BYTES = 8;
    private static final String METADATA = "__metadata__";
    private static final String REMEDY = "Fetch or save the checkpoint again";
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final long fileBytes;
    private final long dataBegin;

    private SafetensorsHeader(Path file, long fileBytes, long headerBytes) {
        this.file = file;
        this.fileBytes = fileBytes;
        this.dataBegin = LENGTH_BYTES + headerBytes;
    }

    /** The tensors in the order of the header, and after them further names of tied ones. */
    static Map<String, StoredTensor> read(Path file) {
        LfsPointer.refuse(file);
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            if (size < LENGTH_BYTES) {
                throw new CheckpointException(
                        file, "has " + size + " bytes, expected 8 bytes of header length at least", REMEDY);
            }
            long headerBytes = read(channel, 0, LENGTH_BYTES).getLong();
            if (headerBytes < 2 || headerBytes > Math.min(HEADER_BYTES_MAX, size - LENGTH_BYTES)) {
                throw new CheckpointException(
                        file,
                        "header length is " + Long.toUnsignedString(headerBytes) + ", expected 2 to "
                                + Math.min(HEADER_BYTES_MAX, size - LENGTH_BYTES) + " in a file of " + size
                                + " bytes: truncated, or not a safetensors file",
                        REMEDY);
            }
            byte[] header = read(channel, LENGTH_BYTES, (int) headerBytes).array();
            return new SafetensorsHeader(file, size, headerBytes).parse(header);
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read: " + e, "Check that it is there and may be read", e);
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file ends at byte " + (position + buffer.position()));
            }
        }
        return buffer.flip();
    }

    private Map<String, StoredTensor> parse(byte[] header) {
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw broken("the header is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw broken("the header is not JSON", e);
        }
        if (!root.isObject()) {
            throw broken("the header is not a JSON object", null);
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals(METADATA)) {
                tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue()));
            }
        }
        checkLayout(tensors);
        addTied(tensors, root.path(METADATA));
        return Collections.unmodifiableMap(tensors);
    }

    /** Of modules that share a tensor the safetensors library writes one, and into the metadata which others it is. */
    private static void addTied(Map<String, StoredTensor> tensors, JsonNode metadata) {
        for (Entry<String, JsonNode> tie : metadata.properties()) {
            StoredTensor tensor = tensors.get(tie.getValue().asText());
            if (tensor != null) {
                tensors.putIfAbsent(tie.getKey(), tensor);
            }
        }
    }

    private StoredTensor tensor(String name, JsonNode node) {
        StoredType type = type(name, node.path("dtype"));
        List<Long> shape = numbers(name, "shape", node.path("shape"));
        List<Long> offsets = numbers(name, "data_offsets", node.path("data_offsets"));
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
            throw broken("tensor " + name + " has data_offsets " + offsets + ", expected a begin and an end", null);
        }
        long bytes = offsets.get(1) - offsets.get(0);
        long expected = bytes(name, type, shape);
        if (bytes != expected) {
            throw broken(
                    "tensor " + name + " has " + bytes + " bytes, expected " + expected + " for " + type + " " + shape,
                    null);
        }
        if (offsets.get(1) > fileBytes - dataBegin) {
            throw broken(
                    "truncated: tensor " + name + " ends at byte " + offsets.get(1) + " of the data, the file has only "
                            + (fileBytes - dataBegin),
                    null);
        }
        return new StoredTensor(file, name, type, shape, dataBegin + offsets.get(0), bytes);
    }

    private StoredType type(String name, JsonNode dtype) {
        try {
            return StoredType.valueOf(dtype.asText());
        } catch (IllegalArgumentException e) {
            throw broken(
                    "tensor " + name + " has dtype " + dtype + ", expected one of "
                            + Arrays.toString(StoredType.values()),
                    e);
        }
    }

    private List<Long> numbers(String name, String key, JsonNode array) {
        List<Long> numbers = new ArrayList<>();
        for (JsonNode number : array) {
            if (!number.canConvertToLong() || !number.isIntegralNumber() || number.asLong() < 0) {
                throw broken("tensor " + name + " has " + key + " " + array + ", expected whole numbers", null);
            }
            numbers.add(number.asLong());
        }
        if (!array.isArray()) {
            throw broken("tensor " + name + " has no list " + key, null);
        }
        return numbers;
    }

    private long bytes(String name, StoredType type, List<Long> shape) {
        try {
            return shape.stream().reduce((long) type.bytes(), Math::multiplyExact);
        } catch (ArithmeticException e) {
            throw broken("tensor " + name + " has shape " + shape + ", more than any file can hold", e);
        }
    }

    /** The data must be covered without gap or overlap: what the format demands, and what catches a torn file. */
    private void checkLayout(Map<String, StoredTensor> tensors) {
        List<StoredTensor> ordered = new ArrayList<>(tensors.values());
        ordered.sort(Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end));
        long end = dataBegin;
        String before = "the header";
        for (StoredTensor tensor : ordered) {
            if (tensor.begin() != end) {
                throw broken(
                        "tensor " + tensor.name() + " begins at byte " + (tensor.begin() - dataBegin)
                                + " of the data, expected " + (end - dataBegin) + ", where " + before + " ends: "
                                + (tensor.begin() < end ? "they overlap" : "a gap"),
                        null);
            }
            end = tensor.end();
            before = "tensor " + tensor.name();
        }
        if (end != fileBytes) {
            throw broken((fileBytes - end) + " bytes follow " + before + ", expected the end of the file", null);
        }
    }

    private CheckpointException broken(String problem, @Nullable Throwable cause) {
        return new CheckpointException(file, problem, REMEDY, cause);
    }
}
