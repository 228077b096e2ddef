package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jose4j.http.Response;
import org.jose4j.http.SimpleGet;
import org.jose4j.http.SimpleResponse;

/** Fetches what an OpenID Connect issuer publishes: where its keys are, and the keys. Follows no redirects. */
final class IssuerDocuments implements SimpleGet {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int BYTES_MAX = 1 << 20;
    private static final int OK = 200;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

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
            throw new IOException(url + " is of the issuer " + named + ", not of " + issuer
                    + "; streamrank.http.oidc.issuer must be written as the issuer writes it");
        }
        String keys = document.path("jwks_uri").asText();
        if (!isSafe(keys)) {
            throw new IOException(url + " names no jwks_uri that is an https URL, but '" + keys + "'");
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
            throw new IOException(url + " is not JSON", e);
        }
    }

    @Override
    public SimpleResponse get(String url) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(PATIENCE)
                .header("Accept", "application/json")
                .build();
        try {
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                byte[] bytes = body.readNBytes(BYTES_MAX);
                if (response.statusCode() != OK || body.read() >= 0) {
                    throw new IOException(url + " answered with " + response.statusCode() + " and " + bytes.length
                            + " bytes or more");
                }
                return new Response(OK, "", response.headers().map(), new String(bytes, UTF_8));
            }
        } catch (IOException e) {
            throw new IOException("cannot read " + url + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading " + url, e);
        }
    }
}
