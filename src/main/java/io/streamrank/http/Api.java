package io.streamrank.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;

/** The API's paths, as {@code openapi.yaml} describes them. */
final class Api {
    private static final String DESCRIPTION = "/openapi.yaml";
    private static final String JSON_TYPE = "application/json";
    private static final int UNSUPPORTED_TYPE = 415;

    private final Vertx vertx;
    private final HttpSettings settings;
    private final Gate gate;
    private final Access access;
    private final BodyHandler body;
    private final WorkerApi worker;
    private final ThroughputApi throughput;
    private final GroupApi group;
    private final OutcomesApi outcomes;
    private final RerankApi rerank;

    Api(Vertx vertx, HttpSettings settings, ApiSources sources) {
        this.vertx = vertx;
        this.settings = settings;
        this.gate = new Gate(vertx, settings.maxRequests());
        this.access = new Access(vertx, settings.access(), settings.maxRequests());
        this.body = BodyHandler.create(false).setBodyLimit(settings.maxBodyBytes());
        this.worker = new WorkerApi(sources, settings.texts());
        Peers peers = new Peers(
                vertx,
                settings.peerTimeout(),
                settings.maxRequests(),
                settings.access().shownToPeers());
        this.throughput = new ThroughputApi(vertx, peers, sources, Clock.systemUTC());
        this.group = new GroupApi(vertx, sources, Clock.systemUTC());
        this.outcomes = new OutcomesApi(sources);
        this.rerank = new RerankApi(vertx, sources);
    }

    void addTo(Routes routes) {
        routes.get("/api/openapi.yaml", this::describe);
        get(routes, "/api/models", bare(worker::models));
        get(routes, "/api/worker", bare(worker::worker));
        get(routes, "/api/workers", plain(group::workers));
        get(routes, "/api/lag", plain(group::lag));
        get(routes, "/api/throughput", throughput::answer);
        get(routes, "/api/rankings", listed(outcomes::rankings));
        get(routes, "/api/dead-letters", listed(outcomes::deadLetters));
        post(routes, "/api/rerank", rerank::answer);
        post(routes, "/v1/rerank", rerank::answer);
        post(routes, "/v2/rerank", rerank::answer);
        post(routes, "/rerank", rerank::answer);
    }

    private void get(Routes routes, String path, Function<RoutingContext, Future<Buffer>> answer) {
        routes.get(
                path,
                gate.within(settings.requestTimeout(), "streamrank.http.request-timeout"),
                access,
                context -> answer(context, answer));
    }

    private void post(Routes routes, String path, Function<RoutingContext, Future<Buffer>> answer) {
        routes.post(
                path,
                gate.within(settings.rerankTimeout(), "streamrank.http.rerank-timeout"),
                access,
                Api::requireJson,
                body,
                context -> answer(context, answer));
    }

    /** The answer to a question without parameters. */
    private static Function<RoutingContext, Future<Buffer>> plain(Supplier<Future<Buffer>> answer) {
        return context -> {
            Parameters.of(context.queryParams());
            return answer.get();
        };
    }

    private Function<RoutingContext, Future<Buffer>> bare(Callable<? extends JsonNode> answer) {
        return plain(() -> vertx.executeBlocking(() -> Answers.bytes(answer.call()), false));
    }

    private Function<RoutingContext, Future<Buffer>> listed(Function<MultiMap, ? extends JsonNode> answer) {
        return context -> {
            MultiMap parameters = context.queryParams();
            return vertx.executeBlocking(() -> Answers.bytes(answer.apply(parameters)), false);
        };
    }

    private static void answer(RoutingContext context, Function<RoutingContext, Future<Buffer>> answer) {
        answer.apply(context).onSuccess(bytes -> Answers.json(context, bytes)).onFailure(context::fail);
    }

    /** No form of a web page can send this type. */
    private static void requireJson(RoutingContext context) {
        String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        String bare = type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        if (!bare.equals(JSON_TYPE)) {
            throw new ApiException(UNSUPPORTED_TYPE, "the header Content-Type must be " + JSON_TYPE);
        }
        context.next();
    }

    private void describe(RoutingContext context) {
        vertx.executeBlocking(Api::description, false)
                .onSuccess(text -> {
                    context.response()
                            .putHeader(HttpHeaders.CONTENT_TYPE, "application/yaml")
                            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
                    Answers.end(context, text);
                })
                .onFailure(context::fail);
    }

    private static Buffer description() throws IOException {
        try (InputStream stream = Api.class.getResourceAsStream(DESCRIPTION)) {
            if (stream == null) {
                throw new IOException(DESCRIPTION + " is not on the class path");
            }
            return Buffer.buffer(stream.readAllBytes());
        }
    }
}
