package io.streamrank.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The page and what belongs to it, from the class path. It holds no figures, and needs no token. */
final class Page {
    private static final String OWN = "/page/";
    private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final String CHARTS_PATH = "lib/uplot/";
    private static final int NOT_MODIFIED = 304;
    private static final int ETAG_CHARS = 16;

    /** Nothing but what is served here, in no other's frame. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
                    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
            "X-Frame-Options", "DENY",
            "Cross-Origin-Opener-Policy", "same-origin");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "mjs", "text/javascript; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml",
            "png", "image/png",
            "ico", "image/x-icon",
            "woff2", "font/woff2",
            "txt", "text/plain; charset=utf-8");

    /** Names within one folder or below it, none of them hidden or a way up. Possessive, so that it never recurses. */
    private static final Pattern NAME = Pattern.compile("(?:\\w[\\w.-]*+/)*+(\\w[\\w.-]*+)");

    private static final int NAME_CHARS_MAX = 200;

    private record File(Buffer bytes, String type, String etag) {}

    private final Vertx vertx;

    /** As many as there are files: what is not there is not remembered. */
    private final Map<String, File> files = new ConcurrentHashMap<>();

    Page(Vertx vertx) {
        this.vertx = vertx;
    }

    void addTo(Routes routes) {
        routes.get("/", context -> answer(context, "index.html"));
        routes.get("/page/*", context -> {
            String path = context.normalizedPath();
            answer(context, path.startsWith(OWN) ? path.substring(OWN.length()) : "");
        });
    }

    private void answer(RoutingContext context, String name) {
        Matcher known = NAME.matcher(name);
        String type = name.length() <= NAME_CHARS_MAX && known.matches() ? type(known.group(1)) : null;
        if (type == null) {
            throw ApiException.notFound("there is no such file");
        }
        File file = files.get(name);
        if (file != null) {
            answer(context, file);
            return;
        }
        vertx.executeBlocking(() -> read(name, type), false)
                .onSuccess(read -> {
                    files.put(name, read);
                    answer(context, read);
                })
                .onFailure(context::fail);
    }

    private static @Nullable String type(String file) {
        return TYPES.get(file.substring(file.lastIndexOf('.') + 1));
    }

    private static File read(String name, String type) throws IOException {
        String resource = name.startsWith(CHARTS_PATH) ? CHARTS + name.substring(CHARTS_PATH.length()) : OWN + name;
        try (InputStream stream = Page.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw ApiException.notFound("there is no such file");
            }
            byte[] bytes = stream.readAllBytes();
            String hash = HexFormat.of().formatHex(sha256(bytes)).substring(0, ETAG_CHARS);
            return new File(Buffer.buffer(bytes), type, '"' + hash + '"');
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void answer(RoutingContext context, File file) {
        HttpServerResponse response = context.response();
        HEADERS.forEach(response::putHeader);
        // Kept, and asked for again with its tag: a new version shows at once.
        response.putHeader(HttpHeaders.CACHE_CONTROL, "no-cache").putHeader(HttpHeaders.ETAG, file.etag());
        if (file.etag().equals(context.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
            response.setStatusCode(NOT_MODIFIED).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, file.type());
        Answers.end(context, file.bytes());
    }
}
