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

    /**
     * {@code ["application","contender","name"]}, {@code ["application","lists",3]} or {@code
     * ["application","left-out","reason"]}.
     */
    byte[] totalKey(Total total) {
        ArrayNode key = JSON.createArrayNode()
                .add(settings.application())
                .add(total.kind().word());
        return bytes(
                total.kind() == Total.Kind.LISTS ? key.add(Integer.parseInt(total.name())) : key.add(total.name()));
    }

    byte[] totalValue(Total total, MeasureSums sums) {
        return switch (total.kind()) {
            case CONTENDER -> contenderValue(total.name(), sums);
            case LISTS -> listsValue(ListCounts.of(settings.contenders(), sums));
            case LEFT_OUT ->
                bytes(JSON.createObjectNode().put("leftOut", total.name()).put("records", sums.count()));
        };
    }

    private byte[] contenderValue(String name, MeasureSums sums) {
        ObjectNode node = JSON.createObjectNode().put("contender", name).put("queries", sums.count());
        ObjectNode means = node.putObject("means");
        for (int i = 0; i < measures.size() && sums.count() > 0; i++) {
            means.put(measures.get(i), ExactMean.of(sums.sums().get(i), sums.count()));
        }
        return bytes(node);
    }

    private static byte[] listsValue(ListCounts counts) {
        ObjectNode node = JSON.createObjectNode().put("lists", counts.byAll()).put("byAny", counts.byAny());
        ObjectNode by = node.putObject("by");
        counts.by().forEach(by::put);
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

    /** Reads {@link #totalKey} and {@link #totalValue}, and adds what they tell. */
    void addTotal(JsonNode key, byte[] value, MeasuredTotals.Sum sum) throws IOException {
        JsonNode node = JSON.readTree(value);
        String kind = key.path(1).asText();
        if (kind.equals(Total.Kind.LISTS.word())) {
            Map<String, Long> by = new HashMap<>();
            node.path("by")
                    .properties()
                    .forEach(each -> by.put(each.getKey(), each.getValue().asLong()));
            sum.add(new ListCounts(
                    node.path("lists").asLong(), node.path("byAny").asLong(), by));
        } else if (kind.equals(Total.Kind.LEFT_OUT.word())) {
            sum.leftOut(key.path(2).asText(), node.path("records").asLong());
        } else {
            double[] means = new double[measures.size()];
            for (int i = 0; i < means.length; i++) {
                means[i] = node.path("means").path(measures.get(i)).asDouble(Double.NaN);
            }
            sum.add(
                    key.path(2).asText(),
                    new MeasuredTotals.Means(node.path("queries").asLong(), means));
        }
    }
}
