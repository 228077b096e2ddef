package io.streamrank.registry;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the registry is met.
 *
 * @param urls where its API is, Confluent's or one like it; each is tried in turn
 * @param group Apicurio's group of artifacts, by its header
 * @param authorization the value of the Authorization header
 * @param tls how it is known, and this client to it, where https is spoken
 * @param timeout how long a request may take, from connecting to the end of the answer
 * @param patience how long an event waits for its schema
 * @param unknownFor how long an id is not asked for again that the registry does not know
 * @param maxSchemas how many schemas are held in memory
 * @param cacheDir where schemas are kept for the next start
 */
public record RegistrySettings(
        List<URI> urls,
        Optional<String> group,
        Optional<String> authorization,
        TlsFiles tls,
        Duration timeout,
        Duration patience,
        Duration unknownFor,
        int maxSchemas,
        Optional<Path> cacheDir) {

    public RegistrySettings {
        urls = List.copyOf(urls);
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("streamrank.registry.url is missing: where the registry's API is");
        }
        urls.forEach(RegistrySettings::requireUrl);
        requireNonNull(group, "group");
        requireNonNull(authorization, "authorization");
        requireNonNull(tls, "tls");
        requirePositive(timeout, "timeout");
        requirePositive(patience, "patience");
        requirePositive(unknownFor, "unknown-for");
        if (maxSchemas < 1) {
            throw new IllegalArgumentException("streamrank.registry.max-schemas must be positive, not " + maxSchemas);
        }
        requireNonNull(cacheDir, "cacheDir");
    }

    private static void requireUrl(URI url) {
        boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!isHttp || url.getHost() == null) {
            throw new IllegalArgumentException("streamrank.registry.url has " + withoutUser(url)
                    + ": expected http://host:port/path or https://…, comma-separated");
        }
        if (url.getUserInfo() != null || url.getQuery() != null || url.getFragment() != null) {
            throw new IllegalArgumentException("streamrank.registry.url has more than scheme, host, port and path, for "
                    + url.getHost() + "; name and password are streamrank.registry.username and .password");
        }
    }

    private static String withoutUser(URI url) {
        return url.toString().replaceFirst("//[^/@]*@", "//…@");
    }

    private static void requirePositive(Duration value, String name) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("streamrank.registry." + name + " must be positive, not " + value);
        }
    }

    /** Whether the registry is told who asks, without what it is told. */
    @Override
    public String toString() {
        return "RegistrySettings[urls=" + urls + ", group=" + group + ", authorization="
                + (authorization.isPresent() ? "set" : "none") + "]";
    }
}
