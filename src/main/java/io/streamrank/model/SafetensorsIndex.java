package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.TreeMap;

/**
 * {@code model.safetensors.index.json}, read with the shards it names. Its {@code weight_map} says which shard holds
 * which tensor; what a shard holds beyond that is not the checkpoint's.
 *
 * @param files the index, then its shards in the order of their names
 * @param tensors every tensor of the index, in its order, and after them further names of tied ones
 */
record SafetensorsIndex(List<Path> files, Map<String, StoredTensor> tensors) {
    private static final String MAP = "weight_map";
    private static final String REMEDY = "Fetch or save the checkpoint again";

    /** @throws CheckpointException where the index, a shard or a tensor is missing or broken; names all missing shards */
    static SafetensorsIndex read(Path file) {
        Map<String, String> promised = promised(Config.read(file));
        Map<String, Map<String, StoredTensor>> shards = new TreeMap<>();
        promised.values().forEach(shard -> shards.put(shard, Map.of()));
        requireAll(file, List.copyOf(shards.keySet()));
        shards.replaceAll((shard, none) -> SafetensorsHeader.read(file.resolveSibling(shard)));

        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        promised.forEach((tensor, shard) -> {
            StoredTensor stored = requireNonNull(shards.get(shard)).get(tensor);
            if (stored == null) {
                throw new CheckpointException(
                        file.resolveSibling(shard),
                        "tensor " + tensor + " is missing, which " + file.getFileName() + " says is here",
                        REMEDY);
            }
            tensors.put(tensor, stored);
        });
        shards.values()
                .forEach(shard -> shard.forEach((name, tensor) -> {
                    boolean tied = !name.equals(tensor.name());
                    if (tied && tensors.containsValue(tensor)) {
                        tensors.putIfAbsent(name, tensor);
                    }
                }));
        List<Path> files = new ArrayList<>(List.of(file));
        shards.keySet().forEach(shard -> files.add(file.resolveSibling(shard)));
        return new SafetensorsIndex(files, tensors);
    }

    private static Map<String, String> promised(Config index) {
        JsonNode map = index.json().path(MAP);
        if (!map.isObject() || map.isEmpty()) {
            throw new CheckpointException(
                    index.file(), "has no " + MAP + ", expected one from tensors to files of this folder", REMEDY);
        }
        Map<String, String> promised = new LinkedHashMap<>();
        for (Entry<String, JsonNode> entry : map.properties()) {
            if (!entry.getValue().isTextual() || !isPlainName(entry.getValue().asText())) {
                throw new CheckpointException(
                        index.file(),
                        MAP + " has " + entry.getValue() + " for tensor " + entry.getKey()
                                + ", expected the plain name of a file of this folder",
                        "Do not use it: nothing outside the checkpoint's folder is read");
            }
            promised.put(entry.getKey(), entry.getValue().asText());
        }
        return promised;
    }

    /** Neither a path nor anything that a file system reads as one. */
    private static boolean isPlainName(String name) {
        return name.endsWith(".safetensors")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    }

    private static void requireAll(Path file, List<String> shards) {
        List<String> missing = shards.stream()
                .filter(shard -> !Files.isRegularFile(file.resolveSibling(shard)))
                .toList();
        if (!missing.isEmpty()) {
            throw new CheckpointException(
                    file,
                    missing.size() + " of its " + shards.size() + " shards are missing: " + String.join(", ", missing),
                    "Fetch the complete checkpoint");
        }
    }
}
