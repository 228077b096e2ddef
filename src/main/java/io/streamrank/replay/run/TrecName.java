package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

/** What queries and documents are called in runs, whose columns white space parts. */
final class TrecName {
    private TrecName() {}

    /**
     * A list's topic: its query's id; where that is missing or blank, its request's id; where that is blank too, the place
     * it came from.
     */
    static String topic(JsonNode list) {
        return topic(
                list.path("queryId").asText(),
                list.path("requestId").asText(),
                list.path("topic").asText() + "-" + list.path("partition").asText() + "@"
                        + list.path("offset").asText());
    }

    static String topic(String queryId, String requestId, String place) {
        if (!queryId.isBlank()) {
            return of(queryId);
        }
        return of(requestId.isBlank() ? place : requestId);
    }

    /** A name as it is, white space and control characters in it as {@code %20}; an empty one as {@code %}. */
    static String of(String name) {
        if (name.isEmpty()) {
            return "%";
        }
        StringBuilder text = new StringBuilder(name.length());
        name.codePoints().forEach(point -> {
            if (Character.isWhitespace(point) || Character.isSpaceChar(point) || Character.isISOControl(point)) {
                for (byte each : Character.toString(point).getBytes(UTF_8)) {
                    text.append('%').append(String.format("%02X", each));
                }
            } else {
                text.appendCodePoint(point);
            }
        });
        return text.toString();
    }
}
