package io.streamrank.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A value in a request's body, and where it stands: what is not as it must be is an error that names the place.
 *
 * @param node the value; missing where there is none
 * @param place as one would write it: {@code documents[3].text}; empty for the whole body
 */
record JsonPlace(JsonNode node, String place) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** @throws ApiException if it is no JSON object */
    static JsonPlace object(byte[] body) {
        JsonNode node;
        try {
            node = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            throw ApiException.badRequest("the body is not JSON"
                    + (at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr()) + ": "
                    + e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw ApiException.badRequest("the body is not JSON in UTF-8");
        }
        JsonPlace whole = new JsonPlace(node, "");
        if (!node.isObject()) {
            throw whole.expected("a JSON object");
        }
        return whole;
    }

    JsonPlace field(String name) {
        JsonNode field = node.get(name);
        return new JsonPlace(
                field == null ? MissingNode.getInstance() : field, place.isEmpty() ? name : place + "." + name);
    }

    /** Whether there is a value, other than null. */
    boolean isGiven() {
        return !node.isMissingNode() && !node.isNull();
    }

    String text() {
        if (!node.isTextual()) {
            throw expected("a string");
        }
        return node.textValue();
    }

    /** True or false; the latter where it is not given. */
    boolean flag() {
        if (isGiven() && !node.isBoolean()) {
            throw expected("true or false");
        }
        return node.asBoolean();
    }

    /** A number from 1 on. */
    int count() {
        if (!node.isIntegralNumber()) {
            throw expected("a whole number");
        }
        if (!node.canConvertToInt() || node.intValue() < 1) {
            throw ApiException.badRequest(place + ": expected a number from 1 to " + Integer.MAX_VALUE);
        }
        return node.intValue();
    }

    /** At least one. */
    List<JsonPlace> items() {
        if (!node.isArray()) {
            throw expected("a list");
        }
        if (node.isEmpty()) {
            throw ApiException.badRequest(place + ": expected at least one");
        }
        List<JsonPlace> items = new ArrayList<>(node.size());
        node.forEach(item -> items.add(new JsonPlace(item, place + "[" + items.size() + "]")));
        return items;
    }

    /** An error that says what stands here instead. */
    ApiException expected(String what) {
        String name = place.isEmpty() ? "the body" : place;
        return ApiException.badRequest(
                node.isMissingNode()
                        ? name + ": is missing, expected " + what
                        : name + ": expected " + what + ", not " + kind());
    }

    private String kind() {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> node.asText();
            case NULL -> "null";
            case BINARY, MISSING, POJO -> "nothing";
        };
    }
}
