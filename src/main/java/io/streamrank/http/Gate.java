package io.streamrank.http;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/** Lets so many API requests in at a time, and none stay longer than it may. On the event loop alone. */
final class Gate {
    private static final int REQUEST_TIMEOUT = 408;

    private final Vertx vertx;
    private final int max;
    private int inside;

    Gate(Vertx vertx, int max) {
        this.vertx = vertx;
        this.max = max;
    }

    /**
     * @param patience for a whole request, from its head to its answer
     * @param setting by which name that can be set
     */
    Handler<RoutingContext> within(Duration patience, String setting) {
        return context -> {
            if (inside >= max) {
                throw ApiException.overloaded("there are " + max
                        + " API requests being answered, as many as streamrank.http.max-requests allows");
            }
            inside++;
            long timer = vertx.setTimer(patience.toMillis(), id -> context.fail(late(context.request(), setting)));
            context.addEndHandler(ended -> {
                vertx.cancelTimer(timer);
                inside--;
            });
            context.next();
        };
    }

    private static ApiException late(HttpServerRequest request, String setting) {
        return Answers.isPartial(request)
                ? new ApiException(REQUEST_TIMEOUT, "the request did not arrive within " + setting)
                : new ApiException(ApiException.TIMEOUT, "there was no answer within " + setting);
    }
}
