package io.streamrank.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamrank.throughput.ThroughputSettings.HostAndPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks other instances. */
final class Peers {
    private static final int ANSWER_BYTES_MAX = 64 << 20;
    private static final int OK = 200;

    private final ObjectMapper json = new ObjectMapper();
    private final Vertx vertx;
    private final HttpClient client;
    private final Duration patience;
    private final Optional<String> credential;

    /**
     * @param waitingMax how many requests may wait for a connection to one other instance
     * @param token what they are shown
     */
    Peers(Vertx vertx, Duration patience, int waitingMax, Optional<String> token) {
        this.vertx = vertx;
        this.patience = patience;
        this.credential = token.map(text -> "Bearer " + text);
        int millis = (int) Math.min(patience.toMillis(), Integer.MAX_VALUE);
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout(millis)
                .setIdleTimeout(millis)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxWaitQueueSize(waitingMax));
    }

    /** What another instance answers; failed where it does not, or too late. */
    Future<JsonNode> ask(HostAndPort host, String path) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost(unbracketed(host.host()))
                .setPort(host.port())
                .setURI(path);
        credential.ifPresent(own -> request.putHeader(HttpHeaders.AUTHORIZATION, own));
        Future<HttpClientRequest> opened = client.request(request);
        return opened.compose(HttpClientRequest::send)
                .compose(response -> body(host, response))
                .compose(body -> vertx.executeBlocking(() -> json.readTree(body.getBytes()), false))
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                // Else the connection would wait for the answer, and the next requests for the connection.
                .onFailure(error -> opened.onSuccess(HttpClientRequest::reset));
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static Future<Buffer> body(HostAndPort host, HttpClientResponse response) {
        if (response.statusCode() != OK) {
            return Future.failedFuture(new IOException(host + " answered with " + response.statusCode()));
        }
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.exceptionHandler(whole::tryFail);
        response.endHandler(ended -> whole.tryComplete(body));
        response.handler(part -> {
            if (body.length() + part.length() > ANSWER_BYTES_MAX) {
                whole.tryFail(new IOException(host + " answered with more than " + ANSWER_BYTES_MAX + " bytes"));
                response.request().reset();
            } else {
                body.appendBuffer(part);
            }
        });
        return whole.future();
    }
}
