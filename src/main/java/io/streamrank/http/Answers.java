package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes answers, and errors, as JSON. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JSON_TYPE = "application/json";
    private static final int OK = 200;
    private static final int CLIENT_ERRORS = 400;
    private static final long HANG_UP_MILLIS = 1_000;

    private Answers() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static ArrayNode array() {
        return JSON.createArrayNode();
    }

    static Buffer bytes(JsonNode body) {
        try {
            return Buffer.buffer(JSON.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write JSON to memory", e);
        }
    }

    static void json(RoutingContext context, Buffer body) {
        json(context, OK, body);
    }

    static void json(RoutingContext context, int status, Buffer body) {
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON_TYPE)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        end(context, body);
    }

    /** Ends the answer unless it has ended: by a timeout, or as who asked has gone. */
    static void end(RoutingContext context, Buffer body) {
        HttpServerResponse response = context.response();
        if (!response.ended() && !response.closed()) {
            response.end(body);
        }
    }

    /** Answers what went wrong. */
    static void failure(RoutingContext context) {
        if (context.response().headWritten()) {
            context.request().connection().close();
            return;
        }
        ApiException error = error(context);
        error.headers().forEach(context.response()::putHeader);
        boolean partial = !context.request().isEnded();
        if (partial) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        json(context, error.status(), error(error.status(), requireNonNull(error.getMessage())));
        if (partial) {
            hangUp(context);
        }
    }

    /** Drops what is left of the request, for a moment: a connection closed on it at once would lose the answer too. */
    private static void hangUp(RoutingContext context) {
        context.request().resume();
        context.vertx()
                .setTimer(HANG_UP_MILLIS, id -> context.request().connection().close());
    }

    private static ApiException error(RoutingContext context) {
        Throwable cause = context.failure();
        if (cause instanceof ApiException expected) {
            return expected;
        }
        int status = context.statusCode();
        if (status >= CLIENT_ERRORS && status < ApiException.INTERNAL) {
            return new ApiException(
                    status, context.response().setStatusCode(status).getStatusMessage());
        }
        LOG.error("{} {} failed", context.request().method(), context.normalizedPath(), cause);
        return new ApiException(ApiException.INTERNAL, "it failed here, unforeseen: this process's log says why");
    }

    static Buffer error(int status, String message) {
        ObjectNode body = object();
        body.putObject("error").put("status", status).put("message", message);
        return bytes(body);
    }
}
