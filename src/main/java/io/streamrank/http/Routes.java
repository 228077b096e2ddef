package io.streamrank.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Adds routes that say which methods they take. */
final class Routes {
    private static final int NOT_ALLOWED = 405;

    private final Router router;
    private final List<String> added = new ArrayList<>();

    Routes(Router router) {
        this.router = router;
    }

    /** Answers GET and HEAD. */
    @SafeVarargs
    final void get(String path, Handler<RoutingContext>... handlers) {
        // A route each, since Vert.x is particular about what kinds of handlers stand before others in one.
        for (Handler<RoutingContext> handler : handlers) {
            router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(handler);
        }
        refuseOthers(path, "GET, HEAD");
        added.add("GET " + path);
    }

    /** Answers POST. */
    @SafeVarargs
    final void post(String path, Handler<RoutingContext>... handlers) {
        for (Handler<RoutingContext> handler : handlers) {
            router.post(path).handler(handler);
        }
        refuseOthers(path, "POST");
        added.add("POST " + path);
    }

    /** What has been added: {@code GET /api/models}. */
    List<String> added() {
        return List.copyOf(added);
    }

    private void refuseOthers(String path, String allowed) {
        Map<String, String> headers = Map.of(HttpHeaders.ALLOW.toString(), allowed);
        router.route(path).handler(context -> {
            throw new ApiException(
                    NOT_ALLOWED, context.request().method() + " is not for this path, " + allowed + " is", headers);
        });
    }
}
