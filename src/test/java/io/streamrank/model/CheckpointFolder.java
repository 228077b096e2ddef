package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A copy of a golden checkpoint that a test spoils. */
final class CheckpointFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path path;

    private CheckpointFolder(Path path) {
        this.path = path;
    }

    static CheckpointFolder copyOf(Golden golden, Path target) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(golden.folder())) {
            for (Path file : files) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        return new CheckpointFolder(target);
    }

    Path path() {
        return path;
    }

    Path file(String name) {
        return path.resolve(name);
    }

    CheckpointFolder json(String name, Consumer<ObjectNode> change) throws IOException {
        ObjectNode root = (ObjectNode) JSON.readTree(file(name).toFile());
        change.accept(root);
        Files.writeString(file(name), root.toString());
        return this;
    }

    CheckpointFolder text(String name, String content) throws IOException {
        Files.writeString(file(name), content);
        return this;
    }

    CheckpointFolder without(String name) throws IOException {
        Files.delete(file(name));
        return this;
    }

    CheckpointFolder weights(Consumer<Map<String, RawTensor>> change) throws IOException {
        Map<String, RawTensor> tensors = readWeights(file("model.safetensors"));
        change.accept(tensors);
        writeWeights(file("model.safetensors"), tensors);
        return this;
    }

    /** Deals the tensors out to shards with an index, as transformers names them. */
    CheckpointFolder sharded(int shards) throws IOException {
        Map<String, RawTensor> tensors = readWeights(file("model.safetensors"));
        List<Map<String, RawTensor>> parts = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            parts.add(new LinkedHashMap<>());
        }
        ObjectNode index = JSON.createObjectNode();
        index.putObject("metadata").put("total_size", 1);
        ObjectNode map = index.putObject("weight_map");
        int next = 0;
        for (Map.Entry<String, RawTensor> tensor : tensors.entrySet()) {
            int shard = next++ % shards;
            parts.get(shard).put(tensor.getKey(), tensor.getValue());
            map.put(tensor.getKey(), shard(shard, shards));
        }
        for (int i = 0; i < shards; i++) {
            writeWeights(file(shard(i, shards)), parts.get(i));
        }
        return text("model.safetensors.index.json", index.toString()).without("model.safetensors");
    }

    static String shard(int index, int shards) {
        return "model-%05d-of-%05d.safetensors".formatted(index + 1, shards);
    }

    static Map<String, RawTensor> readWeights(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        int header = (int) ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonNode root = JSON.readTree(new String(all, 8, header, StandardCharsets.UTF_8));
        Map<String, RawTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode node = entry.getValue();
                int begin = 8 + header + node.path("data_offsets").path(0).asInt();
                int end = 8 + header + node.path("data_offsets").path(1).asInt();
                tensors.put(
                        entry.getKey(),
                        new RawTensor(
                                node.path("dtype").asText(),
                                JSON.convertValue(
                                        node.path("shape"),
                                        JSON.getTypeFactory().constructCollectionType(List.class, Integer.class)),
                                Arrays.copyOfRange(all, begin, end)));
            }
        }
        return tensors;
    }

    static void writeWeights(Path file, Map<String, RawTensor> tensors) throws IOException {
        writeWeights(file, tensors, Map.of());
    }

    /** @param tied further names of tensors */
    static void writeWeights(Path file, Map<String, RawTensor> tensors, Map<String, String> tied) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        ObjectNode metadata = root.putObject("__metadata__").put("format", "pt");
        tied.forEach(metadata::put);
        tensors.forEach((name, tensor) -> {
            ObjectNode node = root.putObject(name).put("dtype", tensor.dtype());
            tensor.shape().forEach(node.putArray("shape")::add);
            int begin = data.size();
            data.writeBytes(tensor.data());
            node.putArray("data_offsets").add(begin).add(data.size());
        });
        Files.write(file, safetensors(root.toString(), data.toByteArray()));
    }

    /** A safetensors file of any header and data, right or wrong. */
    static byte[] safetensors(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data)
                .array();
    }
}
