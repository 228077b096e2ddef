package io.streamrank.cli;

import io.streamrank.http.AccessSettings;
import io.streamrank.http.AccessSettings.Issuer;
import io.streamrank.http.ApiSources;
import io.streamrank.http.HealthCheck;
import io.streamrank.http.HttpSettings;
import io.streamrank.http.MetricsPage;
import io.streamrank.http.WebServer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** From configuration to what answers over HTTP. */
final class HttpAssembly {
    private final StreamrankConfig config;

    HttpAssembly(StreamrankConfig config) {
        this.config = config;
    }

    HttpSettings settings() {
        return settings(config.http().port(), config.http().texts());
    }

    private HttpSettings settings(int port, boolean texts) {
        StreamrankConfig.Http http = config.http();
        try {
            return new HttpSettings(
                    http.host(),
                    port,
                    new AccessSettings(
                            tokens(http), issuer(http.oidc()), http.peerToken().map(String::strip)),
                    texts,
                    http.maxRequests(),
                    http.maxBodyBytes(),
                    http.requestTimeout(),
                    http.rerankTimeout(),
                    http.peerTimeout());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("streamrank.http: " + e.getMessage(), e);
        }
    }

    private static List<String> tokens(StreamrankConfig.Http http) {
        return http.token().orElse(List.of()).stream().map(String::strip).toList();
    }

    private static Optional<Issuer> issuer(StreamrankConfig.Oidc oidc) {
        if (oidc.issuer().isEmpty() != oidc.audience().isEmpty()) {
            throw new IllegalArgumentException("oidc.issuer and oidc.audience belong together: set both, or neither");
        }
        return oidc.issuer().map(url -> new Issuer(url, oidc.audience().orElseThrow()));
    }

    /**
     * Starts answering; null where that is not wanted, or the address is taken: nothing that runs here depends on it.
     *
     * @param log of what runs here
     * @throws IllegalArgumentException if a setting is out of range
     */
    @Nullable WebServer start(Logger log, Supplier<HealthCheck> health, MetricsPage metrics, ApiSources sources) {
        HttpSettings settings = settings();
        if (!config.http().enabled()) {
            return null;
        }
        try {
            return WebServer.start(settings, health, metrics, sources);
        } catch (IOException e) {
            log.warnf(
                    "Nothing over HTTP, no health, no metrics: %s;"
                            + " set streamrank.http.port, or streamrank.http.enabled=false",
                    e.getMessage());
            return null;
        }
    }

    /**
     * Starts answering for the demo, whose texts may be seen: where the configured port is taken, on another; null where
     * that is not wanted.
     *
     * @throws IOException if the configured address is not one of this machine's
     */
    @Nullable WebServer startForDemo(Supplier<HealthCheck> health, MetricsPage metrics, ApiSources sources) throws IOException {
        if (!config.http().enabled()) {
            return null;
        }
        try {
            return WebServer.start(settings(config.http().port(), true), health, metrics, sources);
        } catch (IOException taken) {
            return WebServer.start(settings(0, true), health, metrics, sources);
        }
    }

    /** Where a server is asked. */
    String url(WebServer server) {
        return settings().url(server.port());
    }

    /** Says where to ask. */
    void announce(Logger log, @Nullable WebServer server) {
        if (server != null) {
            String url = url(server);
            log.infof("Page at %s/, health at %s/q/health, metrics at %s/metrics", url, url, url);
        }
    }
}
