package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a registry learns who asks: by what it is told at once, or by a token from whom it names. */
final class RegistryAccess implements HttpReader.Asking {
    private static final int TOKEN_BYTES_MAX = 1 << 20;

    /** Tokens without a time of their own last this long, by the specification. */
    private static final long TOKEN_SECONDS = 60;

    private static final Pattern PARAMETER = Pattern.compile("(\\w+)=\"([^\"]*)\"");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Location.Oci location;
    private final FetchSettings settings;
    private Optional<String> authorization;
    private long staleAt = Long.MAX_VALUE;

    RegistryAccess(Location.Oci location, FetchSettings settings) {
        this.location = location;
        this.settings = settings;
        this.authorization = settings.access().token().map(token -> "Bearer " + token);
    }

    @Override
    public Map<String, String> headers(URI uri, Map<String, String> others) {
        Map<String, String> headers = new HashMap<>(others);
        authorization.ifPresent(value -> headers.put("Authorization", value));
        return headers;
    }

    /** Whether the token may have run out. */
    boolean isStale() {
        if (System.nanoTime() - staleAt < 0 || staleAt == Long.MAX_VALUE) {
            return false;
        }
        authorization = Optional.empty();
        return true;
    }

    /**
     * Gets what a refusal asks for.
     *
     * @return whether there is something to try again with
     */
    boolean answer(HttpReader.Response refusal) throws IOException {
        String challenge = refusal.header("WWW-Authenticate").orElse("");
        Optional<String> basic = basic();
        if (challenge.regionMatches(true, 0, "basic", 0, 5)) {
            boolean another = basic.isPresent() && !basic.equals(authorization);
            authorization = basic;
            return another;
        }
        if (!challenge.regionMatches(true, 0, "bearer", 0, 6)
                || settings.access().token().isPresent()) {
            return false;
        }
        Map<String, String> parameters = new HashMap<>();
        for (Matcher each = PARAMETER.matcher(challenge); each.find(); ) {
            parameters.put(each.group(1), each.group(2));
        }
        authorization = Optional.of("Bearer " + token(parameters, basic));
        return true;
    }

    private String token(Map<String, String> parameters, Optional<String> basic) throws IOException {
        URI realm = realm(parameters.getOrDefault("realm", ""));
        String scope = parameters.getOrDefault("scope", "repository:" + location.repository() + ":pull");
        String query = "scope=" + URLEncoder.encode(scope, UTF_8)
                + (parameters.containsKey("service")
                        ? "&service=" + URLEncoder.encode(parameters.get("service"), UTF_8)
                        : "");
        URI uri = URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
        HttpReader reader = new HttpReader(
                location.toString(),
                settings.stallTimeout(),
                (any, others) ->
                        basic.map(value -> Map.of("Authorization", value)).orElse(Map.of()));
        JsonNode answer = JSON.readTree(reader.read(uri, "token from " + realm.getHost(), TOKEN_BYTES_MAX)
                .orElseThrow(() -> refused("there is nobody who gives tokens at " + realm.getHost())));
        String token = answer.path("token").asText(answer.path("access_token").asText());
        if (token.isEmpty() || !token.matches("\\p{Graph}+")) {
            throw refused("what " + realm.getHost() + " answers holds no token");
        }
        long seconds = answer.path("expires_in").asLong(TOKEN_SECONDS);
        staleAt = System.nanoTime() + Math.max(1, seconds / 2) * 1_000_000_000L;
        return token;
    }

    /** Credentials are sent there: over TLS, unless the registry itself is spoken to without. */
    private URI realm(String text) throws FetchException {
        try {
            URI realm = URI.create(text);
            boolean safe = "https".equals(realm.getScheme())
                    || ("http".equals(realm.getScheme()) && settings.access().plainHttp());
            if (safe && realm.getHost() != null) {
                return realm;
            }
        } catch (IllegalArgumentException e) {
            throw refused("it sends to '" + text + "' for a token, which is no URL");
        }
        throw refused("it sends to '" + text + "' for a token, expected https");
    }

    private Optional<String> basic() throws IOException {
        FetchSettings.Access access = settings.access();
        if (access.username().isPresent()) {
            return Optional.of(
                    OciSource.basic(access.username().get(), access.password().orElse("")));
        }
        return access.registryAuth().isPresent()
                ? ofDocker(access.registryAuth().get())
                : Optional.empty();
    }

    /** As Docker's config.json, and so an image pull secret of Kubernetes, has it. */
    private Optional<String> ofDocker(Path file) throws IOException {
        JsonNode auths;
        try {
            auths = JSON.readTree(Files.readAllBytes(file)).path("auths");
        } catch (JsonProcessingException e) {
            throw new FetchException(
                    file.toString(),
                    "is no JSON, expected a Docker config.json",
                    "Check streamrank.fetch.registry-auth");
        }
        for (String key :
                new String[] {location.registry(), "https://" + location.registry(), "http://" + location.registry()}) {
            JsonNode entry = auths.path(key);
            if (entry.hasNonNull("auth")) {
                return Optional.of("Basic " + entry.path("auth").asText());
            }
            if (entry.hasNonNull("username")) {
                return Optional.of(OciSource.basic(
                        entry.path("username").asText(), entry.path("password").asText()));
            }
        }
        return Optional.empty();
    }

    private FetchException refused(String problem) {
        return new FetchException(location.toString(), problem, "Check the registry and its credentials");
    }
}
