package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.util.NetUtil;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets those through who may ask the API: with one of the tokens, or an access token of the issuer. Where neither is
 * set, those on this machine, and no web page that has a name of its own resolve to it. On the event loop alone.
 */
final class Access implements Handler<RoutingContext> {
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final String SCHEME = "Bearer ";
    private static final int CHECKING_THREADS = 2;

    /** What proxies add: who stands behind one is then not on this machine, or not known to be. */
    private static final Set<String> PROXIED =
            Set.of("forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip");

    private static final String PROXIED_PREFIX = "x-forwarded-";

    private static final String WAY_OUT =
            "; set streamrank.http.token or streamrank.http.oidc.issuer to open the API to others";

    private final AccessSettings settings;
    private final List<byte[]> tokens;
    private final Optional<IssuedTokens> issued;
    private final WorkerExecutor checks;
    private final int checkingMax;
    private int checking;

    /** @param requestsMax how many API requests are let in at a time; access tokens are checked for half of them */
    Access(Vertx vertx, AccessSettings settings, int requestsMax) {
        // Of their own: what waits for the issuer holds up nothing else.
        this.checks = vertx.createSharedWorkerExecutor("streamrank-access", CHECKING_THREADS);
        this.checkingMax = Math.max(1, requestsMax / 2);
        this.settings = settings;
        this.tokens = settings.tokens().stream().map(Access::digest).toList();
        this.issued = settings.oidc().map(IssuedTokens::new);
    }

    @Override
    public void handle(RoutingContext context) {
        if (!settings.asksForCredentials()) {
            requireLocal(context.request());
            context.next();
            return;
        }
        String token = token(context.request());
        if (isKnown(token)) {
            context.next();
        } else if (issued.isPresent()) {
            checkIssued(context, issued.get(), token);
        } else {
            throw unauthorized("error=\"invalid_token\"", "the bearer token is not one of those that open the API");
        }
    }

    private void checkIssued(RoutingContext context, IssuedTokens issuer, String token) {
        issuer.refusalOfShape(token).ifPresent(reason -> {
            throw refused(reason);
        });
        if (checking >= checkingMax) {
            throw ApiException.unavailable("there are " + checkingMax + " access tokens being checked, half as many as"
                    + " streamrank.http.max-requests allows requests");
        }
        checking++;
        // What comes meanwhile is not read before it is known who sends it.
        context.request().pause();
        checks.executeBlocking(() -> isAwaited(context) ? issuer.refusal(token) : Optional.<String>empty(), false)
                .onComplete(answered -> {
                    checking--;
                    context.request().resume();
                    if (isAwaited(context)) {
                        proceed(context, answered);
                    }
                });
    }

    /** Whoever asked may have gone while others' tokens were checked, or been told that it takes too long. */
    private static boolean isAwaited(RoutingContext context) {
        return !context.response().ended() && !context.response().closed();
    }

    private static void proceed(RoutingContext context, AsyncResult<Optional<String>> answered) {
        if (answered.failed()) {
            context.fail(answered.cause());
        } else if (answered.result().isPresent()) {
            context.fail(refused(answered.result().get()));
        } else {
            context.next();
        }
    }

    private static ApiException refused(String reason) {
        return unauthorized("error=\"invalid_token\"", "the access token is refused: " + reason);
    }

    private static String token(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw unauthorized("", "this API asks for a bearer token: the header Authorization: Bearer …");
        }
        return header.substring(SCHEME.length()).trim();
    }

    private static ApiException unauthorized(String error, String message) {
        String challenge = "Bearer realm=\"streamrank\"" + (error.isEmpty() ? "" : ", " + error);
        return new ApiException(UNAUTHORIZED, message, Map.of("WWW-Authenticate", challenge));
    }

    /** Takes as long whichever it is, and whether it is one: digests have one length, and all are compared. */
    private boolean isKnown(String token) {
        byte[] digest = digest(token);
        boolean known = false;
        for (byte[] each : tokens) {
            known |= MessageDigest.isEqual(each, digest);
        }
        return known;
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * A web page of another site can make a browser on this machine ask, and read the answer where the page's own name
     * is made to resolve to this machine: the header Host then has that name.
     */
    private static void requireLocal(HttpServerRequest request) {
        if (!isLoopback(request.remoteAddress().hostAddress())) {
            throw forbidden("the API answers requests from this machine alone");
        }
        HostAndPort asked = request.authority();
        if (!request.uri().startsWith("/") || asked == null || !LoopbackNames.contains(asked.host())) {
            throw forbidden("the API answers requests to a loopback address or name, such as localhost, alone");
        }
        if (request.version() == HttpVersion.HTTP_1_0) {
            throw forbidden("the API answers requests by HTTP/1.1; by HTTP/1.0 proxies ask");
        }
        Optional<String> proxied =
                request.headers().names().stream().filter(Access::isOfProxy).findFirst();
        if (proxied.isPresent()) {
            throw forbidden("the API answers no request that came through a proxy (header " + proxied.get() + ")");
        }
    }

    private static boolean isOfProxy(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return name.startsWith(PROXIED_PREFIX) || PROXIED.contains(name);
    }

    private static boolean isLoopback(@Nullable String address) {
        InetAddress known = address == null ? null : NetUtil.createInetAddressFromIpAddressString(address);
        return known != null && known.isLoopbackAddress();
    }

    private static ApiException forbidden(String message) {
        return new ApiException(FORBIDDEN, message + WAY_OUT);
    }
}
