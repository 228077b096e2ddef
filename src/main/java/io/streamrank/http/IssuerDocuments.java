package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jose4j.http.Response;
import org.jose4j.http.SimpleGet;
import org.jose4j.http.SimpleResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches what an OpenID Connect issuer publishes: where its keys are, and the keys. Follows no redirects. */
final class IssuerDocuments implements SimpleGet {
    private static final Logger LOG = LoggerFactory.getLogger(IssuerDocuments.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How long what could not be read is not asked for again. */
    private static final Duration AGAIN = Duration.ofSeconds(5);

    private static final int BYTES_MAX = 1 << 20;
    private static final int OK = 200;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    /** Why a document could not be read, and when. */
    private record Failure(IOException cause, long nanos) {}

    /**
     * Where the issuer's keys are.
     *
     * @throws IOException if it does not say, or speaks for another
     */
    String keysUrl(String issuer) throws IOException {
        String url = issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration";
        JsonNode document = json(url);
        String named = document.path("issuer").asText();
        if (!named.equals(issuer)) {
            throw remembered(
                    url,
                    new IOException(url + " is of the issuer " + named + ", not of " + issuer
                            + "; streamrank.http.oidc.issuer must be written as the issuer writes it"));
        }
        String keys = document.path("jwks_uri").asText();
        if (!isSafe(keys)) {
            throw remembered(url, new IOException(url + " names no jwks_uri that is an https URL, but '" + keys + "'"));
        }
        return keys;
    }

    private static boolean isSafe(String url) {
        try {
            URI uri = URI.create(url);
            return "https".equals(uri.getScheme())
                    || ("http".equals(uri.getScheme()) && LoopbackNames.contains(uri.getHost()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private JsonNode json(String url) throws IOException {
        try {
            return json.readTree(get(url).getBody());
        } catch (JsonProcessingException e) {
            throw remembered(url, new IOException(url + " is not JSON", e));
        }
    }

    /** Fails at once for some seconds where it has failed: otherwise each stranger's token would wait for the issuer. */
    @Override
    public SimpleResponse get(String url) throws IOException {
        Failure last = failures.get(url);
        if (last != null && System.nanoTime() - last.nanos() < AGAIN.toNanos()) {
            throw new IOException(last.cause().getMessage(), last.cause());
        }
        try {
            HttpResponse<byte[]> response = exchanged(url);
            if (response.statusCode() != OK) {
                throw new IOException("it answered with " + response.statusCode());
            }
            failures.remove(url);
            return new Response(OK, "", response.headers().map(), new String(response.body(), UTF_8));
        } catch (IOException e) {
            throw remembered(url, new IOException("cannot read " + url + ": " + e.getMessage(), e));
        }
    }

    private IOException remembered(String url, IOException failure) {
        LOG.warn("Access tokens cannot be checked: {}", failure.getMessage());
        failures.put(url, new Failure(failure, System.nanoTime()));
        return failure;
    }

    /** The request's own timeout would end with the head of the answer; this one is for its body, too. */
    private HttpResponse<byte[]> exchanged(String url) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Accept", "application/json")
                .build();
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, head -> new LimitedBody(BYTES_MAX));
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no whole answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            answer.cancel(true);
        }
    }
}
