package io.streamrank.http;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers over HTTP: health probes at {@code /q/health}, with 200 and {@code UP} or 503 and {@code DOWN} in MicroProfile
 * Health's JSON; the metrics at {@code /metrics}; the API under {@code /api}; the page at {@code /}. Its one event loop
 * never waits: whatever may take its time is done by a few threads beside it.
 */
public final class WebServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final int EVENT_LOOPS = 1;
    private static final int THREADS = 4;
    private static final int IDLE_SECONDS = 75;
    private static final long CLOSE_SECONDS = 5;
    private static final long START_SECONDS = 30;
    private static final int BAD_REQUEST = 400;

    private final Vertx vertx;
    private final HttpServer server;

    private WebServer(Vertx vertx, HttpServer server) {
        this.vertx = vertx;
        this.server = server;
    }

    /**
     * Starts answering.
     *
     * @throws IOException if the address cannot be listened on, naming it
     */
    public static WebServer start(
            HttpSettings settings, Supplier<HealthCheck> health, MetricsPage metrics, ApiSources sources)
            throws IOException {
        Vertx vertx = vertx();
        try {
            HttpServer server = vertx.createHttpServer(options())
                    .requestHandler(router(vertx, settings, new Probes(vertx, health, metrics), sources))
                    .invalidRequestHandler(WebServer::refuse);
            server.listen(settings.port(), settings.host())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(START_SECONDS, TimeUnit.SECONDS);
            return new WebServer(vertx, server);
        } catch (ExecutionException | TimeoutException e) {
            close(vertx);
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            throw new IOException(
                    settings.host() + ":" + settings.port() + " cannot be listened on: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            close(vertx);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting to listen", e);
        } catch (RuntimeException e) {
            close(vertx);
            throw e;
        }
    }

    private static Vertx vertx() {
        // Names are looked up as everything else in this JVM does it, not by a resolver that asks servers itself.
        System.setProperty("vertx.disableDnsResolver", "true");
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setWorkerPoolSize(THREADS)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true)
                .setAddressResolverOptions(new AddressResolverOptions())
                // Else it makes a folder for temporary files.
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }

    private static HttpServerOptions options() {
        return new HttpServerOptions()
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false)
                // Whoever may not send a body is told so before it is sent; the body's handler invites it.
                .setHandle100ContinueAutomatically(false);
    }

    private static Router router(Vertx vertx, HttpSettings settings, Probes probes, ApiSources sources) {
        Router router = Router.router(vertx);
        // What cannot be read as a path at all is on no route.
        router.errorHandler(BAD_REQUEST, Answers::failure);
        router.route().failureHandler(Answers::failure).handler(context -> {
            context.response()
                    .putHeader("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)))
                    .putHeader("X-Content-Type-Options", "nosniff")
                    .putHeader("Referrer-Policy", "no-referrer")
                    .putHeader("Cross-Origin-Resource-Policy", "same-origin");
            requireOneHost(context.request());
            requireReadable(context);
            context.next();
        });
        Routes routes = new Routes(router);
        probes.addTo(routes);
        new Api(vertx, settings, sources).addTo(routes);
        new Page(vertx).addTo(routes);
        router.route().handler(context -> {
            throw ApiException.notFound("there is nothing at this path; /api/openapi.yaml lists what there is");
        });
        return router;
    }

    private static void requireReadable(RoutingContext context) {
        try {
            context.normalizedPath();
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("the path cannot be read: a % must stand before two hexadecimal digits");
        }
    }

    /** Of two, a proxy may look at the one and this server at the other. */
    private static void requireOneHost(HttpServerRequest request) {
        if (request.headers().getAll(HttpHeaders.HOST).size() > 1) {
            throw ApiException.badRequest("the header Host is given more than once");
        }
    }

    /** What is no HTTP. */
    private static void refuse(HttpServerRequest request) {
        request.response()
                .setStatusCode(BAD_REQUEST)
                .putHeader("Content-Type", "application/json")
                .putHeader("Connection", "close")
                .end(Answers.error(BAD_REQUEST, "the request cannot be read as HTTP/1.1, or its head is too long"));
    }

    /** On which port it listens. */
    public int port() {
        return server.actualPort();
    }

    /** Ends all connections, what is being answered included. */
    @Override
    public void close() {
        close(vertx);
    }

    private static void close(Vertx vertx) {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException | TimeoutException e) {
            LOG.warn("The HTTP server did not close as it should: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
