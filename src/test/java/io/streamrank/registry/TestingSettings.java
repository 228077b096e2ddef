package io.streamrank.registry;

import io.streamrank.testing.FakeRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings as tests of this room need them. */
final class TestingSettings {
    static final Duration LONG = Duration.ofSeconds(60);

    private TestingSettings() {}

    static RegistrySettings of(FakeRegistry registry) {
        return of(List.of(registry.url()), LONG, LONG, Optional.empty());
    }

    static RegistrySettings of(List<URI> urls, Duration timeout, Duration patience, Optional<Path> cacheDir) {
        return new RegistrySettings(
                urls, Optional.empty(), Optional.empty(), TlsFiles.NONE, timeout, patience, LONG, 1_000, cacheDir);
    }

    static RegistrySettings authorized(FakeRegistry registry, String authorization) {
        return new RegistrySettings(
                List.of(registry.url()),
                Optional.of("group"),
                Optional.of(authorization),
                TlsFiles.NONE,
                LONG,
                LONG,
                LONG,
                1_000,
                Optional.empty());
    }
}
