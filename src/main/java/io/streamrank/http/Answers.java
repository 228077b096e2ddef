package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
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
    private static final String TEXT_EMBEDDINGS_INFERENCE = "/rerank";
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
        if (isOver(context)) {
            return;
        }
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON_TYPE)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        end(context, body);
    }

    /** Ends the answer unless it is over. */
    static void end(RoutingContext context, Buffer body) {
        if (!isOver(context)) {
            context.response().end(body);
        }
    }

    /** Whether it has been answered, by a timeout for one, or who asked has gone. */
    static boolean isOver(RoutingContext context) {
        HttpServerResponse response = context.response();
        return response.ended() || response.closed();
    }

    /** Whether more of the request is to come, which then stands before the next one on its connection. */
    static boolean isPartial(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean hasBody =
                request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || length != null && !length.equals("0");
        return hasBody && !request.isEnded();
    }

    /** Answers what went wrong, unless the answer is over: what fails late must not touch the connection's next one. */
    static void failure(RoutingContext context) {
        if (isOver(context)) {
            return;
        }
        if (context.response().headWritten()) {
            context.request().connection().close();
            return;
        }
        ApiException error = error(context);
        error.headers().forEach(context.response()::putHeader);
        boolean partial = isPartial(context.request());
        if (partial) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        String message = requireNonNull(error.getMessage());
        boolean asInference = TEXT_EMBEDDINGS_INFERENCE.equals(context.request().path());
        json(
                context,
                error.status(),
                asInference ? inferenceError(error.status(), message) : error(error.status(), message));
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
        if (status == ApiException.TOO_LARGE) {
            return new ApiException(status, "the body is larger than streamrank.http.max-body-bytes allows");
        }
        if (status >= CLIENT_ERRORS && status < ApiException.INTERNAL) {
            return new ApiException(
                    status, context.response().setStatusCode(status).getStatusMessage());
        }
        LOG.error("{} {} failed", context.request().method(), context.request().path(), cause);
        return new ApiException(ApiException.INTERNAL, "it failed here, unforeseen: this process's log says why");
    }

    static Buffer error(int status, String message) {
        ObjectNode body = object();
        body.putObject("error").put("status", status).put("message", message);
        return bytes(body);
    }

    /** As clients of text-embeddings-inference read it. */
    private static Buffer inferenceError(int status, String message) {
        String type = switch (status) {
            case ApiException.TOO_MANY -> "Overloaded";
            case ApiException.UNAVAILABLE -> "Unhealthy";
            case ApiException.INTERNAL, ApiException.TIMEOUT -> "Backend";
            default -> "Validation";
        };
        return bytes(object().put("error", message).put("error_type", type));
    }
}
