package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A checkpoint with what it must give. */
record Golden(Path folder, int maxLength, List<Pair> pairs) {
    @SuppressWarnings("ArrayRecordComponent") // compared element by element
    record Pair(String query, String document, int[] ids, int[] typeIds, double score) {}

    /** Every family that has a folder. */
    static List<String> families() {
        try (Stream<Path> folders = Files.list(resource("/golden"))) {
            return folders.filter(folder -> Files.exists(folder.resolve("golden.json")))
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Golden read(String family) {
        try {
            Path file = resource("/golden/" + family + "/golden.json");
            JsonNode root = new ObjectMapper().readTree(file.toFile());
            List<Pair> pairs = new ArrayList<>();
            root.path("pairs").forEach(pair -> pairs.add(pair(pair)));
            return new Golden(
                    Objects.requireNonNull(file.getParent()),
                    root.path("max_length").asInt(),
                    pairs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path resource(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(Golden.class.getResource(name), name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Pair pair(JsonNode node) {
        return new Pair(
                node.path("query").asText(),
                node.path("document").asText(),
                ints(node.path("input_ids")),
                ints(node.path("token_type_ids")),
                node.path("score").asDouble());
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
