package io.streamrank.replay.scale;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.ExactMean;
import io.streamrank.replay.ListPlace;
import io.streamrank.replay.Measure;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * The records that others may read, keys and values JSON: each judged query's values, and the totals. Keys are arrays
 * that begin with the application, so that several may write to one topic.
 */
final class MeasureRecords {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MeasuresSettings settings;
    private final List<String> measures;

    MeasureRecords(MeasuresSettings settings) {
        this.settings = settings;
        this.measures = settings.measures().stream().map(Measure::name).toList();
    }

    /** {@code ["application","query"]}. */
    byte[] queryKey(String query) {
        return bytes(JSON.createArrayNode().add(settings.application()).add(query));
    }

    byte[] queryValue(String query, QueryOutcome outcome) {
        ObjectNode node = JSON.createObjectNode().put("query", query);
        ListPlace place = outcome.place();
        if (place != null) {
            node.putObject("list")
                    .put("topic", place.topic())
                    .put("partition", place.partition())
                    .put("offset", place.offset())
                    .put("timestamp", place.timestamp());
        }
        node.put("lists", outcome.lists()).put("judged", outcome.judged()).put("skipped", outcome.skipped());
        ObjectNode revisions = node.putObject("revisions");
        outcome.revisions().forEach(revisions::put);
        ObjectNode values = node.putObject("values");
        for (String name : settings.names()) {
            List<Double> own = outcome.values().get(name);
            if (own != null) {
                ObjectNode byMeasure = values.putObject(name);
                for (int i = 0; i < measures.size(); i++) {
                    byMeasure.put(measures.get(i), own.get(i));
                }
            }
        }
        return bytes(node);
    }

    /** {@code ["application","contender","name"]} or {@code ["application","lists",3]}. */
    byte[] totalKey(Total total) {
        ArrayNode key = JSON.createArrayNode().add(settings.application()).add(total.isLists() ? "lists" : "contender");
        return bytes(total.isLists() ? key.add(Integer.parseInt(total.name())) : key.add(total.name()));
    }

    byte[] totalValue(Total total, MeasureSums sums) {
        ObjectNode node = JSON.createObjectNode();
        if (total.isLists()) {
            return bytes(node.put("lists", sums.count()));
        }
        node.put("contender", total.name()).put("queries", sums.count());
        ObjectNode means = node.putObject("means");
        for (int i = 0; i < measures.size() && sums.count() > 0; i++) {
            means.put(measures.get(i), ExactMean.of(sums.sums().get(i), sums.count()));
        }
        return bytes(node);
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new SerializationException(e.getMessage(), e);
        }
    }

    /** Whether a key is one of this application's; empty for any other. */
    Optional<JsonNode> own(byte @Nullable [] key) {
        try {
            JsonNode parts = key == null ? null : JSON.readTree(key);
            return Optional.ofNullable(parts)
                    .filter(node -> node.path(0).asText().equals(settings.application()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Reads {@link #queryValue}. */
    MeasuredQuery query(byte[] value) throws IOException {
        JsonNode node = JSON.readTree(value);
        Map<String, String> revisions = new HashMap<>();
        node.path("revisions")
                .properties()
                .forEach(each -> revisions.put(each.getKey(), each.getValue().asText()));
        Map<String, double[]> values = new HashMap<>();
        node.path("values").properties().forEach(each -> {
            double[] own = new double[measures.size()];
            for (int i = 0; i < own.length; i++) {
                own[i] = each.getValue().path(measures.get(i)).asDouble();
            }
            values.put(each.getKey(), own);
        });
        return new MeasuredQuery(
                node.path("query").asText(),
                node.path("judged").asBoolean(),
                node.path("skipped").asBoolean(),
                node.has("list"),
                node.path("lists").asLong(),
                revisions,
                values);
    }

    /** Reads how many lists a record of totals tells. */
    static long lists(byte[] value) throws IOException {
        return JSON.readTree(value).path("lists").asLong();
    }
}
