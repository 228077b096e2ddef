package io.streamrank.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A request's body, read value by value, so that it holds nothing but what its reader keeps. What is not as it must be
 * is an error that names the place, as one would write it: {@code documents[3].text}.
 */
final class JsonBody {
    private static final int DEPTH_MAX = 64;
    private static final int NAME_CHARS_MAX = 1_000;
    private static final int NUMBER_CHARS_MAX = 100;

    /** Names are not kept from one body to the next: a body can bring as many as it likes. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxNameLength(NAME_CHARS_MAX)
                    .maxNumberLength(NUMBER_CHARS_MAX)
                    // What a body may hold is said by its own limit.
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;

    private JsonBody(JsonParser parser) {
        this.parser = parser;
    }

    /** Takes a field's value, or leaves it. */
    @FunctionalInterface
    interface Fields {
        void take(String name) throws IOException;
    }

    /** Takes an item of a list. */
    @FunctionalInterface
    interface Items {
        void take(int index) throws IOException;
    }

    /** Reads the whole of a body. */
    @FunctionalInterface
    interface Reader {
        void read(JsonBody body) throws IOException;
    }

    /** @throws ApiException if the body is no JSON, or not as the reader wants it */
    static void read(byte[] bytes, Reader reader) {
        try (JsonParser parser = JSON.createParser(bytes)) {
            parser.nextToken();
            reader.read(new JsonBody(parser));
            if (parser.nextToken() != null) {
                throw notJson(parser.currentTokenLocation(), "there is more behind its end");
            }
        } catch (JsonProcessingException e) {
            throw notJson(
                    e.getLocation(), e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw ApiException.badRequest("the body is not JSON in UTF-8");
        }
    }

    private static ApiException notJson(JsonLocation at, String why) {
        return ApiException.badRequest("the body is not JSON"
                + (at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr()) + ": " + why);
    }

    /** Reads the object that stands here; fields that are not taken are skipped. */
    void object(Fields fields) throws IOException {
        if (!parser.hasToken(JsonToken.START_OBJECT)) {
            throw expected("a JSON object");
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            fields.take(name);
            skip();
        }
    }

    /** The text in a field of the object that stands here. */
    String textOf(String field) throws IOException {
        List<String> texts = new ArrayList<>(1);
        object(name -> {
            if (name.equals(field)) {
                texts.add(text());
            }
        });
        if (texts.isEmpty()) {
            throw ApiException.badRequest(place() + "." + field + ": is missing, expected a string");
        }
        return texts.get(texts.size() - 1);
    }

    /** Reads the list that stands here, of at least one item. */
    void list(Items items) throws IOException {
        if (!parser.hasToken(JsonToken.START_ARRAY)) {
            throw expected("a list");
        }
        int index = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.take(index);
            skip();
            index++;
        }
        if (index == 0) {
            throw ApiException.badRequest(place() + ": expected at least one");
        }
    }

    /** Goes to the end of what stands here, unless it is there. */
    void skip() throws IOException {
        parser.skipChildren();
    }

    boolean isNull() {
        return parser.hasToken(JsonToken.VALUE_NULL);
    }

    boolean isObject() {
        return parser.hasToken(JsonToken.START_OBJECT);
    }

    boolean isText() {
        return parser.hasToken(JsonToken.VALUE_STRING);
    }

    String text() throws IOException {
        if (!isText()) {
            throw expected("a string");
        }
        return parser.getText();
    }

    boolean flag() throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_TRUE) && !parser.hasToken(JsonToken.VALUE_FALSE)) {
            throw expected("true or false");
        }
        return parser.getBooleanValue();
    }

    /** A number from 1 on. */
    int count() throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            throw expected("a whole number");
        }
        if (parser.getNumberType() != JsonParser.NumberType.INT || parser.getIntValue() < 1) {
            throw ApiException.badRequest(place() + ": expected a number from 1 to " + Integer.MAX_VALUE);
        }
        return parser.getIntValue();
    }

    /** An error that says what stands here instead. */
    ApiException expected(String what) {
        String place = place();
        String kind = kind();
        return ApiException.badRequest((place.isEmpty() ? "the body" : place)
                + (kind.isEmpty() ? ": is missing, expected " + what : ": expected " + what + ", not " + kind));
    }

    /** Where the parser stands. */
    String place() {
        StringBuilder place = new StringBuilder();
        JsonStreamContext context = parser.getParsingContext();
        // Of an object or a list, it is already inside.
        if (parser.currentToken() != null && parser.currentToken().isStructStart()) {
            context = context.getParent();
        }
        for (; context != null && !context.inRoot(); context = context.getParent()) {
            place.insert(0, context.inArray() ? "[" + context.getCurrentIndex() + "]" : "." + context.getCurrentName());
        }
        return place.length() > 0 && place.charAt(0) == '.' ? place.substring(1) : place.toString();
    }

    private String kind() {
        JsonToken token = parser.currentToken();
        if (token == null) {
            return "";
        }
        return switch (token) {
            case START_ARRAY -> "a list";
            case START_OBJECT -> "an object";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE -> "true";
            case VALUE_FALSE -> "false";
            case VALUE_NULL -> "null";
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT -> "nothing";
        };
    }
}
