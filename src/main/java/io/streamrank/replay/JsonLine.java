package io.streamrank.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A JSON object of a BEIR file, read token by token: {@code _id} or {@code id}, {@code title}, {@code text}. */
final class JsonLine {
    private static final String LINE = "a JSON object with \"_id\" (or \"id\") and \"text\"";
    private static final JsonFactory JSON = new JsonFactory();

    private @Nullable String beirId;
    private @Nullable String plainId;
    private @Nullable String title;
    private @Nullable String text;

    private JsonLine() {}

    static Document parse(LinePlace place, String line) throws IOException {
        JsonLine object = new JsonLine();
        try (JsonParser json = JSON.createParser(line)) {
            object.read(json, place);
        } catch (JsonProcessingException e) {
            throw place.expected(
                    LINE + ": " + e.getOriginalMessage(), e.getLocation().getColumnNr());
        }
        String id = object.beirId != null ? object.beirId : object.plainId;
        String text = object.text;
        if (id == null || id.isEmpty() || text == null) {
            throw place.expected(LINE);
        }
        return new Document(id, object.title == null ? "" : object.title, text);
    }

    private void read(JsonParser json, LinePlace place) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw place.expected(LINE);
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "_id" -> beirId = id(json, value, place);
                case "id" -> plainId = id(json, value, place);
                case "title" -> title = string(json, value, place);
                case "text" -> text = string(json, value, place);
                default -> json.skipChildren();
            }
        }
        if (json.nextToken() != null) {
            throw place.expected("nothing after the JSON object");
        }
    }

    /** Some collections write their numeric ids as numbers. */
    private static @Nullable String id(JsonParser json, JsonToken value, LinePlace place) throws IOException {
        return value == JsonToken.VALUE_NUMBER_INT ? json.getText() : string(json, value, place);
    }

    private static @Nullable String string(JsonParser json, JsonToken value, LinePlace place) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return null;
        }
        if (value != JsonToken.VALUE_STRING) {
            throw place.expected("a string as \"" + json.currentName() + "\"");
        }
        return json.getText();
    }
}
