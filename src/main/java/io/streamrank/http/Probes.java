package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Answers whether what runs here has started, is ready, is alive; and the metrics. Nobody needs a token for it. */
final class Probes {
    private static final int UP = 200;
    private static final int DOWN = 503;

    private final Supplier<HealthCheck> health;
    private final MetricsPage metrics;

    /** Of its own, so that whatever else is asked, a scrape is answered. */
    private final WorkerExecutor scrapes;

    Probes(Vertx vertx, Supplier<HealthCheck> health, MetricsPage metrics) {
        this.health = health;
        this.metrics = metrics;
        this.scrapes = vertx.createSharedWorkerExecutor("streamrank-metrics", 1);
    }

    void addTo(Routes routes) {
        routes.get("/q/health", health(HealthCheck::ready));
        routes.get("/q/health/started", health(HealthCheck::started));
        routes.get("/q/health/ready", health(HealthCheck::ready));
        routes.get("/q/health/live", health(HealthCheck::live));
        routes.get("/metrics", this::answerMetrics);
        routes.get("/q/metrics", this::answerMetrics);
    }

    private Handler<RoutingContext> health(Predicate<HealthCheck> isUp) {
        return context -> {
            HealthCheck now = requireNonNull(health.get());
            boolean up = isUp.test(now);
            Answers.json(context, up ? UP : DOWN, Answers.bytes(body(now, up)));
        };
    }

    private static ObjectNode body(HealthCheck health, boolean up) {
        String status = up ? "UP" : "DOWN";
        ObjectNode body = Answers.object().put("status", status);
        ObjectNode check = body.putArray("checks").addObject();
        check.put("name", health.name()).put("status", status);
        ObjectNode data = check.putObject("data");
        health.data().forEach(data::putPOJO);
        return body;
    }

    private void answerMetrics(RoutingContext context) {
        String accept = context.request().getHeader(HttpHeaders.ACCEPT);
        scrapes.executeBlocking(() -> metrics.read(accept), false)
                .onSuccess(content -> {
                    context.response().putHeader(HttpHeaders.CONTENT_TYPE, content.contentType());
                    Answers.end(context, Buffer.buffer(content.text()));
                })
                .onFailure(context::fail);
    }
}
